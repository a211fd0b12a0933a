// One process of the suite: fills a queue, drains it, or times single runs, and prints what it took.
const bornAt = Date.now() - performance.now();
const task = JSON.parse(process.argv[2]);

const threeSteps = {
  measure: (text) => ({ length: text.length }),
  grade: ({ length }) => ({ length, long: length > 100 }),
  sum: ({ length, long }) => ({ score: length + (long ? 1 : 0) }),
};

/** The code of one contender only: loading the other would count as its cold start. */
async function open({ contender, ...settings }) {
  if (contender.startsWith("sluice")) {
    const { sluice } = await import("./sluice.mjs");
    return sluice({ ...settings, steps: threeSteps });
  }
  const { handWritten } = await import("./hand-written.mjs");
  return handWritten({ ...settings, steps: contender === "bull-noop" ? {} : threeSteps });
}

const textOf = (n) => `${n} ${"An ordinary sentence. ".repeat(6)}`;
const texts = (from, count) => Array.from({ length: count }, (_, n) => textOf(from + n));
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const contender = await open(task);
const does = { fill, drain, single };
process.stdout.write(`${JSON.stringify(await does[task.mode](task))}\n`);
await contender.close();
process.exit(0);

async function fill({ runs }) {
  for (let from = 0; from < runs; from += 1_000)
    await contender.add(texts(from, Math.min(1_000, runs - from)));
  return {};
}

/** Works off what waits; the first run's end tells the cold start. */
async function drain({ runs, concurrency }) {
  let done = 0;
  let coldStartMs;
  let allDone;
  const finished = new Promise((resolve) => {
    allDone = resolve;
  });
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  const stop = await contender.consume(concurrency, () => {
    if (done === 0) coldStartMs = Date.now() - bornAt;
    done += 1;
    if (done === runs) allDone();
  });
  await finished;
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = cpuMs() - cpuBefore;
  await stop();
  return { seconds, cpuMs: cpu, coldStartMs, peakRssMb: process.resourceUsage().maxRSS / 1_024 };
}

/** From adding one run on an idle system to its end. */
async function single({ runs }) {
  const samples = [];
  let onDone = () => {};
  const stop = await contender.consume(1, () => onDone());
  for (let n = 0; n < runs; n++) {
    const startedAt = performance.now();
    const done = new Promise((resolve) => {
      onDone = resolve;
    });
    await contender.add(texts(1_000_000 + n, 1));
    await done;
    samples.push(performance.now() - startedAt);
  }
  await stop();
  return { samples: samples.slice(20) };
}
