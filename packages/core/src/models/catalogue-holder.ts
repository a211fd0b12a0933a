import { z } from "zod";
import { SluiceError } from "../errors/sluice-error.ts";
import { CellState, type StateCell } from "../quota/state-cell.ts";
import type { Clock } from "../shared/clock.ts";
import { HOUR_MS } from "../shared/duration.ts";
import { type Catalogue, parseCatalogue } from "./catalogue.ts";
import { catalogueSnapshot } from "./catalogue-snapshot.ts";
import { hasFreeId } from "./free-only.ts";

/** How old a catalogue may be before it is read again. */
const MAX_AGE_MS = HOUR_MS;

/** After a reading that failed, the server is left alone for this long. */
const RETRY_MS = 30_000;

const storedSchema = z.object({ fetchedAt: z.number(), data: z.array(z.unknown()) });

type Stored = z.infer<typeof storedSchema>;

/** Where catalogues come from. */
export interface CatalogueSources {
  /** Reads it from the server. */
  read(): Promise<Catalogue>;
  /** Shares what was read with other processes, and keeps it for times without network. */
  cell: StateCell;
  clock: Clock;
}

/**
 * The catalogue as it is known now: from memory, from the cell where another process has left it, or from the server.
 *
 * When the server cannot be reached, an older one serves, in the end the one this release was made with.
 */
export class CatalogueHolder {
  readonly #sources: CatalogueSources;
  readonly #stored: CellState<Stored>;
  #catalogue: Catalogue | undefined;
  #reading: Promise<Catalogue> | undefined;
  /** Whatever was read before this time is out of date. */
  #expiredAt = 0;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(sources: CatalogueSources) {
    this.#sources = sources;
    this.#stored = new CellState(sources.cell, {
      schema: storedSchema,
      initial: () => ({ fetchedAt: 0, data: [] }),
    });
  }

  /** What the gate checks against: only what was read; nothing is free before. */
  known(): Catalogue {
    return this.#catalogue ?? { models: new Map(), fetchedAt: 0, source: "stored" };
  }

  /** The catalogue has turned out to be wrong: the next question reads it anew. */
  expire(): void {
    this.#expiredAt = this.#sources.clock.now();
    this.#failedAt = Number.NEGATIVE_INFINITY;
  }

  /** @throws SluiceError ACCOUNT_REFUSED when the server refuses the key. */
  async current(): Promise<Catalogue> {
    const now = this.#sources.clock.now();
    if (this.#catalogue && (this.#isFresh(this.#catalogue) || now < this.#failedAt + RETRY_MS))
      return this.#catalogue;
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #refresh(): Promise<Catalogue> {
    const stored = await this.#readStored();
    this.#catalogue = stored && this.#isFresh(stored) ? stored : await this.#readServer(stored);
    return this.#catalogue;
  }

  async #readServer(stored: Catalogue | undefined): Promise<Catalogue> {
    try {
      const catalogue = await this.#sources.read();
      await this.#store(catalogue);
      return catalogue;
    } catch (error) {
      if (!SluiceError.has(error, "SERVER_UNREACHABLE")) throw error;
      this.#failedAt = this.#sources.clock.now();
      return this.#catalogue ?? stored ?? catalogueSnapshot();
    }
  }

  #isFresh({ fetchedAt }: Catalogue): boolean {
    return fetchedAt > this.#expiredAt && this.#sources.clock.now() - fetchedAt < MAX_AGE_MS;
  }

  async #readStored(): Promise<Catalogue | undefined> {
    const { state } = await this.#stored.read();
    if (state.data.length === 0) return undefined;
    return parseCatalogue(state, { fetchedAt: state.fetchedAt, source: "stored" });
  }

  /** Only models that can be free are kept: the others are refused for being unknown. */
  async #store({ models, fetchedAt }: Catalogue): Promise<void> {
    const data = [...models.values()].filter(({ id }) => hasFreeId(id));
    await this.#stored.change((stored) => (stored.fetchedAt > fetchedAt ? stored : { fetchedAt, data }));
  }
}
