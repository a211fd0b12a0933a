/** One thing that `sluice doctor` tells of a backend. */
export interface BackendFact {
  /** A word or two: `version`, `persistence`. */
  name: string;
  /** What was found, for people. */
  value: string;
  /** What is wrong with it and how to mend it; undefined when it is as it should be. */
  trouble?: BackendTrouble | undefined;
}

/** What is wrong with a backend. */
export interface BackendTrouble {
  /** `fail` when runs can be lost or the backend cannot work; `warn` for everything milder. */
  severity: "warn" | "fail";
  /** What to do, as a sentence. */
  fix: string;
}

/** What a backend tells of itself; every name once. */
export type BackendFacts = readonly BackendFact[];
