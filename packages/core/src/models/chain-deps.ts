import type { Ledger } from "../quota/ledger.ts";
import type { Clock } from "../shared/clock.ts";
import type { HealthBook } from "./health.ts";
import type { Wire } from "./wire.ts";

/** What a chain works with. */
export interface ChainDeps {
  wire: Wire;
  ledger: Ledger;
  health: HealthBook;
  clock: Clock;
  /** A number from 0 up to 1, for jitter. */
  random(): number;
  /** A model turned out to be gone: the catalogue is out of date. */
  onModelGone(): void;
  /** The server closed the account's day. */
  onDayClosed(): void;
}
