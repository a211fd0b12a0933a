import { SluiceError } from "@sluice/core";
import { parseRunRecord, type RunRecord } from "./run-record.ts";

/** A record that is to be replaced if it still is the text that was read. */
export interface RecordSwap {
  run: RunRecord;
  /** The text that `run` was read from. */
  text: string;
  next: RunRecord;
  nextText: string;
}

/** What a store does for {@link RecordUpdater}. */
export interface RecordAccess {
  /** A run's record as it is stored. */
  read(runId: string): Promise<string | undefined>;
  /** Replaces a record; false when somebody was faster. */
  swap(change: RecordSwap): Promise<boolean>;
}

/** A record as it stands after an update, and whether that update changed it. */
interface Updated {
  run: RunRecord;
  changed: boolean;
}

type Change = (run: RunRecord) => RunRecord | null;

/** More lost races than this on one run mean that the store does not compare and set. */
const MAX_RACES = 1_000;

/** Changes records by compare-and-set on their texts, for every store that keeps records as texts. */
export class RecordUpdater {
  /** The texts of the records that were parsed here, or that updates have given. */
  readonly #texts = new WeakMap<RunRecord, string>();

  /** A record that was read, to be updated. @throws SluiceError STATE_INVALID when it is damaged. */
  parse(text: string): RunRecord {
    const run = parseRunRecord(text);
    this.#texts.set(run, text);
    return run;
  }

  /** See `RunStore.update`. */
  async update(
    runId: string,
    { change, seen, access }: { change: Change; seen: RunRecord | undefined; access: RecordAccess },
  ): Promise<Updated | undefined> {
    const known = seen && this.#texts.get(seen);
    if (seen && known !== undefined) {
      const updated = await this.#replace({ run: seen, text: known }, change, access);
      // What was seen may be out of date: that nothing is to be done is decided on what stands there.
      if (updated?.changed) return updated;
    }
    for (let race = 0; race < MAX_RACES; race++) {
      const text = await access.read(runId);
      if (text === undefined) return undefined;
      const updated = await this.#replace({ run: parseRunRecord(text), text }, change, access);
      if (updated) return updated;
    }
    throw new SluiceError("INTERNAL", {
      message: `Run ${runId} changed ${MAX_RACES} times while it was to be updated; it stays as it is.`,
      facts: { runId },
    });
  }

  /** @returns undefined when somebody was faster. */
  async #replace(
    { run, text }: { run: RunRecord; text: string },
    change: Change,
    access: RecordAccess,
  ): Promise<Updated | undefined> {
    const next = change(run);
    if (next === null) return { run, changed: false };
    const nextText = JSON.stringify(next);
    if (!(await access.swap({ run, text, next, nextText }))) return undefined;
    this.#texts.set(next, nextText);
    return { run: next, changed: true };
  }
}
