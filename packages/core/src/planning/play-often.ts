import { type ForeseenRequests, foreseeRequests, type WorkTerms } from "./foresee-requests.ts";
import type { Ask, StepRequests } from "./foreseen-desk.ts";

/** What has many questions is played less often: chance evens out in it. */
const QUESTIONS = 20_000;
const MOST_PLAYS = 9;

/** How runs are worked off, without what differs from play to play. */
export interface OftenTerms extends Pick<WorkTerms, "concurrency" | "now"> {
  /** Gives the slots of one play. */
  openSends(): WorkTerms["sends"];
}

/** What runs come to on average: how questions meet at the desk is a matter of moments. The same for the same runs. */
export function foreseeOften(
  runs: readonly (readonly Ask[])[],
  { openSends, ...terms }: OftenTerms,
): ForeseenRequests {
  const questions = runs.reduce((sum, asks) => sum + asks.length, 0);
  const count = Math.min(MOST_PLAYS, Math.max(1, Math.floor(QUESTIONS / Math.max(1, questions))));
  const plays = Array.from({ length: count }, (_, seed) =>
    foreseeRequests(runs, { ...terms, sends: openSends(), random: randomFrom(seed) }),
  );
  const steps = new Map<string, StepRequests>();
  for (const step of plays[0]?.steps.keys() ?? []) {
    const mean = (key: keyof StepRequests) => meanOf(plays.map((play) => play.steps.get(step)?.[key] ?? 0));
    steps.set(step, {
      requests: Math.round(mean("requests")),
      samples: mean("samples"),
      questions: Math.round(mean("questions")),
      promptTokens: Math.round(mean("promptTokens")),
    });
  }
  return { steps, finishAt: Math.round(meanOf(plays.map(({ finishAt }) => finishAt))) };
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** Numbers from 0 up to 1 that look random, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
