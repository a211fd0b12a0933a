import { AsyncLocalStorage } from "node:async_hooks";
import type { CallbackManager, CallbackManagerForChainRun } from "@langchain/core/callbacks/manager";
import type { ErrorRecord } from "../errors/sluice-error.ts";
import type { OnRunEvent, RunEvent } from "../executor/events.ts";
import { OpenSteps } from "../telemetry/open-steps.ts";

/** Which step is at work here, of which run that LangChain hears of. */
const here = new AsyncLocalStorage<{ runs: StepRuns; path: string }>();

/** Callbacks for what is called from the step at work; nothing outside such a step, or when nobody listens. */
export async function callbacksHere(): Promise<CallbackManager | undefined> {
  const place = here.getStore();
  return place?.runs.callbacksOf(place.path);
}

/** Tells LangChain's callbacks of the steps of one run, as child runs, in the order in which things happened. */
export class StepRuns {
  readonly #run: CallbackManagerForChainRun;
  readonly #open = new OpenSteps<CallbackManagerForChainRun>();
  #told: Promise<void> = Promise.resolve();

  constructor(run: CallbackManagerForChainRun) {
    this.#run = run;
  }

  /** Listens to the run's events. */
  readonly onEvent: OnRunEvent = (event) => {
    // What the step does from here on, until the next one begins, is done in its name.
    if (event.type === "step.started") here.enterWith({ runs: this, path: event.step });
    this.#tell(() => this.#toldOf(event));
  };

  /** Callbacks for what is called from inside a step. */
  async callbacksOf(path: string): Promise<CallbackManager | undefined> {
    await this.#told;
    return this.#open.get(path)?.getChild();
  }

  /** Does the work in a scope of its own, so that the step that began last in it is forgotten with it. */
  within<T>(work: () => Promise<T>): Promise<T> {
    return here.run({ runs: this, path: "" }, work);
  }

  /**
   * Waits until everything is told. Steps that are still open rest, or were stopped, with the run: they end with its
   * error.
   *
   * @throws what a handler with `raiseError` threw.
   */
  async end(error?: unknown): Promise<void> {
    this.#tell(async () => {
      for (const step of this.#open.closeAll()) await step.handleChainError(error);
    });
    await this.#told;
  }

  /** After an error of a handler nothing more is told; it comes out at the end. */
  #tell(what: () => Promise<unknown>): void {
    this.#told = this.#told.then(async () => void (await what()));
    this.#told.catch(() => {});
  }

  async #toldOf(event: RunEvent): Promise<void> {
    switch (event.type) {
      case "step.started":
        return this.#begin(event.step, event.kind);
      case "step.attempt": {
        const { model, outcome, durationMs } = event.attempt;
        const facts = { step: event.step, model, outcome, durationMs };
        const step = this.#open.get(event.step);
        return step?.getChild().handleCustomEvent?.("sluice.attempt", facts, step.runId);
      }
      case "step.completed":
        return this.#open.close(event.step)?.handleChainEnd({ cached: event.cached });
      case "step.failed":
        return this.#open.close(event.step)?.handleChainError(toError(event.error));
      default:
        return;
    }
  }

  async #begin(path: string, kind: string): Promise<void> {
    const manager = (this.#open.around(path) ?? this.#run).getChild();
    manager.addMetadata({ sluice_step: path, sluice_kind: kind }, false);
    const id = ["sluice", "step", kind];
    const serialized = { lc: 1, type: "not_implemented" as const, id };
    const named = [undefined, undefined, undefined, undefined, path] as const;
    this.#open.open(path, await manager.handleChainStart(serialized, {}, ...named));
  }
}

function toError({ code, message }: ErrorRecord): Error {
  return Object.assign(new Error(message), { name: code });
}
