import { MemoryCheckpoints, queuedState, SluiceError } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../backend/run-record.ts";
import { Patience } from "./patience.ts";
import { patientStores, type RunStores } from "./patient-stores.ts";

const away = new SluiceError("BACKEND_UNREACHABLE", { message: "no answer" });
const record: RunRecord = {
  ...queuedState(1),
  id: "run",
  batchId: "batch",
  pipeline: "p",
  version: 1,
  fingerprint: "f",
  document: { id: null, name: "a.txt" },
  fresh: false,
  priority: "normal",
  inputKey: null,
};

/** A store of one run that loses some of its answers on the way: what was asked is done all the same. */
class LossyRuns {
  stored: RunRecord = record;
  changes = 0;
  readonly #losses: boolean[];

  constructor(...losses: boolean[]) {
    this.#losses = losses;
  }

  async get() {
    return this.stored;
  }

  async open() {
    return { run: this.stored, readInput: async () => "{}" };
  }

  async update(_id: string, change: (run: RunRecord) => RunRecord | null) {
    const next = change(this.stored);
    if (next) this.changes += 1;
    // As it comes back from a store: other keys in another order, and none that is undefined.
    if (next) this.stored = JSON.parse(JSON.stringify({ ...{ status: next.status }, ...next }));
    if (this.#losses.shift()) throw away;
    return { run: this.stored, changed: next !== null };
  }
}

function patient(runs: RunStores["runs"], signal = new AbortController().signal) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const patience = new Patience({ clock: new ManualClock(0), onError });
  const checkpoints = new MemoryCheckpoints();
  const run = { runId: "run", worker: "me", signal, patience, onError };
  return { errors, checkpoints, stores: patientStores({ runs, checkpoints } as never, run) };
}

describe("the stores of a run at work", () => {
  it("take a change for made whose answer was lost, and do not make it twice", async () => {
    const runs = new LossyRuns(true, true, false);
    const { stores } = patient(runs);
    const count = (run: RunRecord) => ({ ...run, requests: run.requests + 1, crashes: undefined });
    const result = await stores.runs.update("run", count);
    expect(result).toMatchObject({ changed: true, run: { requests: 1 } });
    expect(runs.changes).toBe(1);
  });

  it("do not take another's change for their own", async () => {
    const runs = new LossyRuns(true, false);
    const { stores } = patient(runs);
    const complete = (run: RunRecord): RunRecord | null =>
      run.status === "queued" ? { ...run, status: "completed" } : null;
    const update = runs.update.bind(runs);
    runs.update = async (id, change) => {
      // The first call is lost before it is done; then somebody else is faster.
      if (runs.changes > 0) return update(id, change);
      change(runs.stored);
      runs.changes += 1;
      runs.stored = { ...runs.stored, status: "cancelled" };
      throw away;
    };
    expect(await stores.runs.update("run", complete)).toMatchObject({
      changed: false,
      run: { status: "cancelled" },
    });
  });

  it("write an output also when the run is let go of, as long as its record says that it is theirs", async () => {
    for (const worker of ["me", "another"]) {
      const stop = new AbortController();
      const runs = new LossyRuns();
      runs.stored = { ...record, status: "running", heldBy: { worker, since: 1 } };
      const { stores, checkpoints, errors } = patient(runs, stop.signal);
      const write = checkpoints.write.bind(checkpoints);
      checkpoints.write = async (runId, entry) => {
        if (stop.signal.aborted) return write(runId, entry);
        stop.abort();
        throw away;
      };
      const written = stores.checkpoints.write("run", { stepPath: "s", text: "bought", expected: null });
      const outcome = await written.catch((error: unknown) => error);
      if (worker === "me") expect(outcome).toBe("bought");
      else {
        expect(outcome).toBe(away);
        expect(errors.at(-1)).toMatchObject({ facts: { run: "run", step: "s" } });
      }
    }
  });
});
