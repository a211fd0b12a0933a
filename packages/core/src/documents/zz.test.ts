import {test} from "vitest"; import zlib from "node:zlib"; import fs from "node:fs"; import {loadDocument} from "./load-documents.ts";
test("lag",async()=>{let b:Uint8Array=zlib.gunzipSync(fs.readFileSync('/tmp/docs/deb/usr/share/doc/debian-policy/policy.pdf.gz'));
 let maxlag=0,last=performance.now();const iv=setInterval(()=>{const n=performance.now();maxlag=Math.max(maxlag,n-last);last=n},5); const t=last; await loadDocument({name:'p.pdf',bytes:b}); clearInterval(iv);console.log('lag',maxlag,'total',performance.now()-t)});
test("fuzz",async()=>{
 const others=process.listeners("unhandledRejection");process.removeAllListeners("unhandledRejection");
 const late:string[]=[];let seen=0;let cur='';const seeds:string[]=[]; 
 const orig=process.emit; 
 let s=7;const rnd=()=>{s=(Math.imul(s,1103515245)+12345)>>>0;return (s>>>8)/(1<<24)};
 const files=['invoice.pdf','owner-locked.pdf'];
 process.on('uncaughtException',(e)=>{late.push(cur+' '+String(e))});
 for(let i=0;i<4000;i++){const n=files[i%2]??'';const b=Uint8Array.from(fs.readFileSync(new URL('fixtures/'+n,import.meta.url)));const muts:number[][]=[];for(let k=0;k<1+i%3;k++){const at=Math.floor(rnd()*b.length),v=Math.floor(rnd()*256);b[at]=v;muts.push([at,v])}
 cur=n+' '+i;const spy=(r:unknown)=>{seen++;if(muts.length<5)seeds.push(n+JSON.stringify(muts)+String(r))};process.on('unhandledRejection',spy);
 try{await loadDocument({name:n,bytes:b})}catch(e){} process.off('unhandledRejection',spy)}
 await new Promise(r=>setTimeout(r,200));
 console.log('LATE',late.length,late.slice(0,5),'seen',seen,seeds.slice(0,6)); process.removeAllListeners('unhandledRejection'); for(const o of others)process.on("unhandledRejection",o);
},120000);
