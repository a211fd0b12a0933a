import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLedger, type QuotaRules } from "@sluice/core";
import { type Simulator, type SimulatorOptions, startSimulator } from "@sluice/simulator";
import { type Backend, openBackend } from "@sluice/worker";
import { type RedisServer, startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { putEmptyStore } from "../../../../test/empty-store.ts";
import { FastClock, inTimeOf } from "./fast-clock.ts";
import { FaultProcess, type ProcessSettings, type Told } from "./fault-process.ts";
import type { Arrival } from "./history.ts";
import { patientLock } from "./locks.ts";

/** The key of every process: it must be found nowhere. */
export const CANARY = "sk-or-v1-CANARY0c1f7e5b93d2486aa";

/**
 * How much longer than the server's minute the ledger's window is. As in real life that is more than the 1.5 s within
 * which a request leaves under its permit, so that one that is merely slow is not taken for one too many.
 */
export const MARGIN_MS = 2_000;

/** A minute of one second, for which one process needs no patience. */
const MINUTE = { perMinute: 10, minuteMs: 1_000 };
const rules: Partial<QuotaRules> = {
  perMinute: MINUTE.perMinute,
  windowMs: MINUTE.minuteMs + MARGIN_MS,
  gapMs: 5,
  perDay: 100_000,
};

/**
 * Arguments of a redis-server of which a crash loses nothing that it has acknowledged: what it writes is the kernel's at
 * once. By default it may hold back what comes while the disk is busy.
 */
export const writesAtOnce: readonly string[] = ["--appendonly", "yes", "--appendfsync", "no"];

/** What a world is made with. */
export interface WorldOptions {
  backend: "redis" | "embedded";
  /** More arguments of redis-server. */
  redisArgs?: readonly string[];
  simulator?: SimulatorOptions;
  rules?: Partial<QuotaRules>;
  /** Default: {@link patientLock}. */
  lock?: ProcessSettings["lock"];
  /** The server's limit of a minute, and how long that lasts. Default: 10 in one second. */
  minute?: { perMinute: number; minuteMs: number };
  /** The time of the world; processes of their own do not know it. Default: the machine's. */
  clock?: FastClock;
}

/** Whoever works in a world. */
export interface Participant {
  /** What it has told so far, in order. */
  readonly told: readonly Told[];
  /** Everything that it has printed. */
  readonly printed: string;
  kill(): Promise<void>;
}

/** A store, a model server and what processes share; scenes are played in it one after the other. */
export class World implements AsyncDisposable {
  readonly perMinute: number;
  readonly minuteMs: number;
  readonly clock: FastClock;
  readonly simulator: Simulator;
  readonly redis: RedisServer | null;
  readonly settings: Omit<ProcessSettings, "mode">;
  /** Every process of this world, the ended ones included. */
  readonly processes: Participant[] = [];

  private constructor(
    { simulator, redis }: { simulator: Simulator; redis: RedisServer | null },
    settings: Omit<ProcessSettings, "mode">,
    { minute = MINUTE, clock = new FastClock(1) }: WorldOptions,
  ) {
    this.simulator = simulator;
    this.redis = redis;
    this.settings = settings;
    this.perMinute = minute.perMinute;
    this.minuteMs = minute.minuteMs;
    this.clock = clock;
  }

  /** @returns null where the backend cannot be had: no redis-server on this machine. */
  static async open(options: WorldOptions): Promise<World | null> {
    const redis = options.backend === "redis" ? await startRedisServer(undefined, options.redisArgs) : null;
    if (options.backend === "redis" && redis === null) return null;
    const { minute = MINUTE, clock } = options;
    const simulator = await startSimulator({
      limits: { perMinute: minute.perMinute, perDay: 100_000 },
      minuteMs: minute.minuteMs,
      windowKind: "sliding",
      latencyMs: 20,
      ...(clock && { clock: () => clock.now() }),
      ...options.simulator,
    });
    const home = await mkdtemp(join(tmpdir(), "sluice-faults-"));
    if (redis === null) await putEmptyStore(home);
    const settings = {
      home,
      redisUrl: redis?.url,
      lock: options.lock ?? patientLock,
      simulator: simulator.url,
      apiKey: CANARY,
      rules: { ...rules, ...options.rules },
    };
    return new World({ simulator, redis }, settings, options);
  }

  /** A backend for this process, in the world's time; close it. */
  async open(): Promise<Backend> {
    const { home, redisUrl, lock } = this.settings;
    return inTimeOf(this.clock, await openBackend({ home, redisUrl, lock }));
  }

  /** Starts a process. */
  start(mode: ProcessSettings["mode"], more: Partial<ProcessSettings> = {}): FaultProcess {
    const started = new FaultProcess({ ...this.settings, ...more, mode });
    this.processes.push(started);
    return started;
  }

  /** The requests about some documents. */
  arrivals(documents: readonly string[]): Arrival[] {
    return this.simulator.journal
      .filter(({ path }) => path.endsWith("/chat/completions"))
      .map(({ at, body, model = "", status, attempts = [], counted }) => ({
        ...{ at, model, status, isCounted: counted },
        document: /Document (\S+), step/.exec(JSON.stringify(body))?.[1] ?? "",
        isFree: attempts.every(({ free }) => free),
      }))
      .filter(({ document }) => documents.includes(document));
  }

  /** What the ledger and the server count for the day, over all scenes. */
  async counts(backend: Backend): Promise<{ ledgerUsed: number; serverUsed: number }> {
    const ledger = createLedger({ cell: backend.cell("ledger"), rules: this.settings.rules });
    const { usedToday } = await ledger.status();
    return { ledgerUsed: usedToday, serverUsed: this.simulator.usedToday() };
  }

  /**
   * As if whoever has runs in his hands now had been silent for as long as his locks last. Embedded the dead are known
   * at once, and nothing is done.
   */
  async locksRunOut(): Promise<void> {
    if (this.redis === null) return;
    const admin = new Redis(this.redis.url);
    const locks = await admin.keys("*:lock");
    if (locks.length > 0) await admin.del(...locks);
    admin.disconnect();
  }

  /** Every byte that the store holds, as Latin-1. */
  async storedBytes(): Promise<string> {
    if (this.redis === null) return readFolder(this.settings.home);
    const admin = new Redis(this.redis.url);
    try {
      await admin.config("SET", "rdbcompression", "no");
      await admin.save();
      const [, directory = ""] = (await admin.config("GET", "dir")) as string[];
      return await readFile(join(directory, "dump.rdb"), "latin1");
    } finally {
      admin.disconnect();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()));
    await this.simulator.close();
    await this.redis?.stop();
    await rm(this.settings.home, { recursive: true, force: true });
  }
}

async function readFolder(path: string): Promise<string> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1"));
  return (await Promise.all(texts)).join("\n");
}
