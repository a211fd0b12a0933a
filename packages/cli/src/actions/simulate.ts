import { SluiceError } from "@sluice/core";
import { type Simulator, type SimulatorOptions, scenarios, startSimulator } from "@sluice/simulator";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, tell } from "../io.ts";
import { plural } from "../render/events.ts";

/** What `sluice simulate` is given. */
export interface SimulateValues {
  port?: number | undefined;
  scenario?: keyof typeof scenarios | undefined;
  perMinute?: number | undefined;
  perDay?: number | undefined;
}

const DEFAULT_PORT = 4010;

/** `sluice simulate`: serves until the signal aborts. */
export async function simulate(values: SimulateValues, io: Io): Promise<ExitCode> {
  const { port = DEFAULT_PORT, scenario = "calm", perMinute = 20, perDay = 50 } = values;
  await using simulator = await start({
    port,
    scenario: structuredClone(scenarios[scenario]),
    limits: { perMinute, perDay },
    keepBodies: false,
  });
  await print(io, `export OPENROUTER_BASE_URL=${simulator.url}`);
  tell(
    io,
    `The offline simulator answers there, scenario "${scenario}", ${perMinute} requests a minute and ${perDay} a day; no model is called.`,
  );
  tell(io, "Any API key will do, or none. Ctrl-C stops it.");
  await aborted(io.signal);
  tell(io, `Stopped after ${plural(simulator.journal.length, "request")}.`);
  return exitCodes.done;
}

async function start(options: SimulatorOptions & { port: number }): Promise<Simulator> {
  try {
    return await startSimulator(options);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new SluiceError("OPTION_INVALID", {
      message: `The simulator cannot listen on port ${options.port} (${reason}); choose another with --port.`,
      facts: { port: options.port, reason },
      cause,
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
