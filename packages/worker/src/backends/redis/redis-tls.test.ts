import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openRedisBackend } from "./redis-backend.ts";
import { startRedisServer } from "./redis-server.fixture.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

const folder = await mkdtemp(join(tmpdir(), "sluice-tls-"));
const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

/** Makes a key and a certificate, signed by our own authority; `names` as in `DNS:db.example,IP:127.0.0.1`. */
async function certify(name: string, names: string): Promise<string[]> {
  const request = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`];
  openssl(...request, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  await writeFile(file(`${name}.ext`), `subjectAltName=${names}`);
  const signed = [
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    "ca.crt",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
  ];
  openssl(...signed, "-days", "2", "-extfile", `${name}.ext`, "-out", `${name}.crt`);
  return ["--tls-cert-file", file(`${name}.crt`), "--tls-key-file", file(`${name}.key`)];
}

async function startWithTls(name: string, names: string) {
  const [plain, tls] = [await freePort(), await freePort()];
  const args = ["--tls-port", String(tls), "--tls-ca-cert-file", file("ca.crt"), "--tls-auth-clients", "no"];
  const server = await startRedisServer(plain, [...args, ...(await certify(name, names))]);
  return server && { server, url: `rediss://127.0.0.1:${tls}`, tlsPort: tls };
}

async function freePort(): Promise<number> {
  const probe = await startRedisServer();
  const port = probe?.port ?? 0;
  await probe?.stop();
  return port;
}

async function startAll() {
  if (!hasOpenssl) return null;
  const authority = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA"];
  openssl(...authority, "-keyout", "ca.key", "-out", "ca.crt");
  const [ours, foreign] = [
    await startWithTls("ours", "IP:127.0.0.1"),
    await startWithTls("foreign", "DNS:db.example"),
  ];
  return ours && foreign && { ours, foreign };
}

const servers = await startAll();

afterAll(async () => {
  await Promise.all([servers?.ours.server.stop(), servers?.foreign.server.stop()]);
  await rm(folder, { recursive: true });
});

const outcomeSchema = z.object({ location: z.string().optional(), message: z.string().optional() });

/** Opens Redis in a process that trusts our authority, as Node reads that only when it starts. */
async function openTrusting(url: string) {
  const built = new URL("../../../dist/backends/open-backend.js", import.meta.url).href;
  const program = `
    const { openBackend } = await import(${JSON.stringify(built)});
    try {
      const backend = await openBackend({ home: "/nowhere", redisUrl: ${JSON.stringify(url)} });
      await backend.queue.add(["run"]);
      await backend.runs.get("run");
      await backend.close();
      console.log(JSON.stringify({ location: backend.location }));
    } catch (error) {
      console.log(JSON.stringify({ message: error.code + ": " + error.message }));
    }`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file("ca.crt") };
  const args = ["--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return outcomeSchema.parse(JSON.parse(stdout));
}

describe.skipIf(servers === null)("Redis over TLS", () => {
  const url = servers?.ours.url ?? "";

  it("is used when its authority is trusted", async () => {
    expect(await openTrusting(url)).toEqual({ location: url });
  });

  it("is refused when nobody knows its authority, and says how to name it", async () => {
    await expect(openRedisBackend({ url })).rejects.toMatchObject({
      code: "BACKEND_UNREACHABLE",
      message: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
  });

  it("is refused when its certificate is another server's", async () => {
    const { message } = await openTrusting(servers?.foreign.url ?? "");
    expect(message).toMatch(/^BACKEND_UNREACHABLE: .*certificate is not valid for it/);
  });

  it("says which of the two speaks TLS and which does not", async () => {
    const plainAsTls = openRedisBackend({ url: `rediss://127.0.0.1:${servers?.ours.server.port}` });
    await expect(plainAsTls).rejects.toThrow("make sure that it speaks TLS on this port");
    const tlsAsPlain = openRedisBackend({ url: url.replace("rediss:", "redis:") });
    await expect(tlsAsPlain).rejects.toMatchObject({ code: "BACKEND_UNREACHABLE" });
  });
});
