import { type Ask, type Asked, ForeseenDesk, type StepRequests } from "./foreseen-desk.ts";
import type { SendTimes } from "./send-times.ts";
import { Timeline } from "./timeline.ts";

/** What runs come to, without a failure. */
export interface ForeseenRequests {
  /** By the path of the step. */
  steps: ReadonlyMap<string, StepRequests>;
  /** When the last answer is there, epoch milliseconds. */
  finishAt: number;
}

/** How runs are worked off. */
export interface WorkTerms {
  /** Runs at work at the same time, at least 1. */
  concurrency: number;
  now: number;
  /** Gives the slots. */
  sends: Pick<SendTimes, "take">;
  /** A number from 0 up to 1: no two answers take equally long. */
  random(): number;
}

/**
 * How long a permit takes that is there at once, how long a worker takes to the first question of its next run, and from
 * one run to the next when many are answered together, in milliseconds. Who has come by the time of the permit goes
 * along. As seen with a store on Redis.
 */
const PERMIT_MS = 10;
const NEXT_RUN_MS = 60;
const TURN_MS = 1;

/** Answers take longer and shorter than usual, up to this share. */
const LATENCY_SPREAD = 0.5;

/**
 * Plays how runs are worked off, permit by permit: who waits when one is there goes along. Each run asks its questions one
 * after the other.
 */
export function foreseeRequests(
  runs: readonly (readonly Ask[])[],
  { concurrency, now, sends, random }: WorkTerms,
): ForeseenRequests {
  const events = new Timeline(now);
  const desk = new ForeseenDesk(events);
  const begin = takeTurns(runs, desk);
  for (let n = 0; n < Math.min(concurrency, runs.length); n++) events.add(now + n * TURN_MS, begin);
  const hear = (asked: readonly Asked[]) => {
    desk.answered(asked);
    for (const [index, { run, place }] of asked.entries()) {
      const next = events.now + index * TURN_MS;
      events.add(next, () => void (desk.add(run, place + 1) || events.add(next + NEXT_RUN_MS, begin)));
    }
  };
  for (;;) {
    if (!desk.isWaiting) {
      if (!events.playNext()) return { steps: desk.steps, finishAt: Math.ceil(events.now) };
      continue;
    }
    events.playUntil(sends.take(events.now + PERMIT_MS));
    const asked = desk.send();
    const usual = asked[0]?.ask.line.latencyMs ?? 0;
    const latencyMs = usual * (1 - LATENCY_SPREAD + 2 * LATENCY_SPREAD * random());
    events.add(events.now + latencyMs, () => hear(asked));
  }
}

/** Each call begins the next run that has a question; nothing when there is none any more. */
function takeTurns(runs: readonly (readonly Ask[])[], desk: ForeseenDesk): () => void {
  let begun = 0;
  return () => {
    while (begun < runs.length && !desk.add(runs[begun++] ?? [], 0));
  };
}
