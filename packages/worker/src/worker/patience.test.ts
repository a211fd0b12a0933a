import { SluiceError } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { Patience } from "./patience.ts";

const away = new SluiceError("BACKEND_UNREACHABLE", { message: "away" });
const full = new SluiceError("BACKEND_FULL", { message: "full" });

/** Work that fails with each of the errors before it gives `done`. */
function failing(...errors: unknown[]) {
  let calls = 0;
  const work = async () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return "done";
  };
  return { work, calls: () => calls };
}

function patienceAt(clock: ManualClock, maxBytes?: number) {
  const told: unknown[] = [];
  return { told, patience: new Patience({ clock, onError: (error) => told.push(error) }, maxBytes) };
}

/** A clock that stands still. */
class StoppedClock extends ManualClock {
  override sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

describe("patience with a store", () => {
  const { signal } = new AbortController();

  it("does the work once where nothing is wrong, and says nothing", async () => {
    const { told, patience } = patienceAt(new ManualClock(0));
    const { work, calls } = failing();
    expect(await patience.during(work, { signal })).toBe("done");
    expect([calls(), told]).toEqual([1, []]);
  });

  it("does it again until it is done, and tells once that it waits", async () => {
    const { told, patience } = patienceAt(new ManualClock(0));
    const [one, other] = [failing(away, full, away), failing(full, full)];
    const both = Promise.all([one.work, other.work].map((work) => patience.during(work, { signal })));
    expect(await both).toEqual(["done", "done"]);
    expect(told).toEqual([away]);
    expect(patience.waiting).toBe(0);
  });

  it("does not wait for what waiting cannot help", async () => {
    const wrong = new SluiceError("BACKEND_REFUSED", { message: "no" });
    const { patience } = patienceAt(new ManualClock(0));
    await expect(patience.during(failing(wrong).work, { signal })).rejects.toBe(wrong);
    await expect(patience.during(failing(away, wrong).work, { signal })).rejects.toBe(wrong);
  });

  it("ends with the store's error when the run is let go of", async () => {
    const stop = new AbortController();
    const { patience } = patienceAt(new StoppedClock(0));
    const { work, calls } = failing(away, full);
    const waiting = patience.during(work, { signal: stop.signal });
    await expect.poll(() => patience.waiting).toBe(1);
    stop.abort();
    await expect(waiting).rejects.toBe(away);
    expect(calls()).toBe(1);
    await expect(patience.during(work, { signal: stop.signal })).rejects.toBe(full);
  });

  it("tries a last time when the run is let go of, and is still ours", async () => {
    const stop = new AbortController();
    const { patience } = patienceAt(new StoppedClock(0));
    const call = { signal: stop.signal, isStillOurs: async () => true };
    const waiting = patience.during(failing(away).work, call);
    await expect.poll(() => patience.waiting).toBe(1);
    stop.abort();
    expect(await waiting).toBe("done");
  });

  it("goes on while a run that was let go of is still ours, but tries only once more where the worker stops", async () => {
    const { patience } = patienceAt(new ManualClock(0));
    const isStillOurs = async () => true;
    const lost = AbortSignal.abort(new Error("the lock has run out"));
    const { work, calls } = failing(full, full, full);
    expect(await patience.during(work, { signal: lost, isStillOurs })).toBe("done");
    expect(calls()).toBe(4);
    const stopping = AbortSignal.abort(new SluiceError("SHUTDOWN", { message: "The worker stops." }));
    const given = failing(full, full, full);
    await expect(patience.during(given.work, { signal: stopping, isStillOurs })).rejects.toBe(full);
    expect(given.calls()).toBe(2);
  });

  it("keeps no more in memory than it may", async () => {
    const stop = new AbortController();
    const { patience } = patienceAt(new StoppedClock(0), 100);
    const first = patience.during(failing(full).work, { signal: stop.signal, bytes: 60 });
    await expect.poll(() => patience.waiting).toBe(1);
    await expect(patience.during(failing(full).work, { signal, bytes: 60 })).rejects.toBe(full);
    stop.abort();
    await expect(first).rejects.toBe(full);
    expect(patience.waiting).toBe(0);
  });
});
