import { type Clock, createLedger, randomId, systemClock } from "@sluice/core";
import { checkpointStoreTestsuite, ledgerTestsuite, responseCacheTestsuite } from "@sluice/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { type CrashSite, crashTestsuite } from "./crash.testsuite.ts";
import { eventLogTestsuite } from "./event-log.testsuite.ts";
import { runQueueTestsuite } from "./run-queue.testsuite.ts";
import { runStoreTestsuite } from "./run-store.testsuite.ts";

/** A backend under test. */
export interface BackendFixture {
  /** Opened once for the suite: every test uses ids of its own. */
  backend: Backend;
  /** A fresh place (a prefix, a folder) that a process can open and then die in. */
  createCrashSite(): Promise<CrashSite>;
  /** Closes the backend and removes what it stored. */
  close(): Promise<void>;
}

/** The promises every backend keeps; `open` gets the clock that cache and ledger must count by. */
export function backendTestsuite(name: string, open: (clock: Clock) => Promise<BackendFixture>): void {
  describe(`backend: ${name}`, () => {
    const clock = new FollowingClock();
    let fixture: BackendFixture | undefined;
    const opened = (): BackendFixture => {
      if (fixture === undefined) throw new Error("the backend did not open");
      return fixture;
    };
    const backend = () => opened().backend;
    const close = async () => {};

    beforeAll(async () => {
      fixture = await open(clock);
    }, 60_000);
    afterAll(() => fixture?.close(), 30_000);

    it("tells of itself in short lines, each thing once and each trouble with its fix", async () => {
      const facts = await backend().describe();
      const names = facts.map((fact) => fact.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBeGreaterThan(1);
      for (const { name: word, value, trouble } of facts) {
        expect(`${word}: ${value}`).toMatch(/^[^\n]+: [^\n]+$/);
        expect(trouble?.fix ?? "Nothing.").toMatch(/\S\.$/);
      }
    });

    runStoreTestsuite(name, backend);
    runQueueTestsuite(name, backend);
    eventLogTestsuite(name, backend);
    crashTestsuite(name, () => opened().createCrashSite());
    checkpointStoreTestsuite(name, async () => ({ store: backend().checkpoints, close }));
    responseCacheTestsuite(name, async (manual) => {
      clock.follow(manual);
      return { cache: backend().cache, close };
    });
    ledgerTestsuite(name, async () => {
      const account = randomId(8);
      return {
        open: ({ clock: manual, rules }) => {
          clock.follow(manual);
          return createLedger({ cell: backend().cell(account), rules, clock: manual });
        },
        close,
      };
    });
  });
}

/** The clock a backend is opened with, set by each test to its own. */
class FollowingClock implements Clock {
  #leader: Clock = systemClock;

  follow(leader: Clock): void {
    this.#leader = leader;
  }

  now(): number {
    return this.#leader.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#leader.sleep(ms, signal);
  }
}
