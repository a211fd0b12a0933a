import { type ModelRequest, type OpenRouter, openRouter, RequestMeter } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { type Simulator, type SimulatorOptions, startSimulator } from "@sluice/simulator";

/** Long before midnight UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12);

/** One account on a simulator of its own, and a process that asks with it. */
export interface Account extends AsyncDisposable {
  clock: ManualClock;
  simulator: Simulator;
  models: OpenRouter;
  /** Asks one question. */
  ask(more?: Partial<ModelRequest<string>>): Promise<string>;
  /** The models that were asked, request by request. */
  asked(): string[];
  /** Requests that the account's own limits refused. */
  refused(): number;
}

/** Starts an account at `startMs`; what is not said otherwise is as on OpenRouter. */
export async function openAccount(options: SimulatorOptions = {}, startMs = NOON): Promise<Account> {
  const clock = new ManualClock(startMs);
  const simulator = await startSimulator({ clock: () => clock.now(), ...options });
  const models = openRouter({ apiKey: "test", baseUrl: simulator.url, clock });
  const requests = () => simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
  return {
    clock,
    simulator,
    models,
    ask: async (more) => (await models.ask({ ...question, ...more }, { meter: new RequestMeter() })).value,
    asked: () => requests().map(({ model }) => model ?? ""),
    refused: () => requests().filter(({ status, fault }) => status === 429 && fault === undefined).length,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

/** A question that any answer satisfies. */
export const question: ModelRequest<string> = {
  messages: [{ role: "user", content: "Say yes." }],
  task: "general",
  accept: ({ text }) => ({ ok: true, value: text }),
  temperature: 0,
  maxOutputTokens: 100,
  maxRepairs: 1,
  cache: false,
};
