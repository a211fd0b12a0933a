import {
  type CatalogueModel,
  FREE_ROUTER_ID,
  isEmbeddingModel,
  isFree,
  type Pricing,
  type SimulatedBehaviour,
} from "./catalogue.ts";

/** The models as they are, and as the listing shows them. */
export class Listing {
  readonly #ended = new Set<string>();
  /** Models that still answer although the listing lacks them. */
  readonly #hidden = new Set<string>();
  /** Prices the listing still shows although they have changed. */
  readonly #stale = new Map<string, { model: CatalogueModel; until: number }>();
  #models = new Map<string, CatalogueModel>();

  /** Replaces the catalogue; models that had vanished are no longer remembered as gone. */
  replace(models: readonly CatalogueModel[]): void {
    this.#ended.clear();
    this.#hidden.clear();
    this.#stale.clear();
    this.#models = new Map(models.map((model) => [model.id, model]));
  }

  /** Models that are listed now, at the prices that are listed now. */
  listed(now: number): CatalogueModel[] {
    const shown = this.#available().filter(({ id }) => !this.#hidden.has(id));
    return shown.map((model) => {
      const stale = this.#stale.get(model.id);
      return stale !== undefined && now < stale.until ? stale.model : model;
    });
  }

  /** A model by id as it really is, also when its free variant has ended. */
  find(id: string): CatalogueModel | undefined {
    return this.#models.get(id);
  }

  /** Takes a model out of the listing for good. */
  end(id: string): void {
    this.#ended.add(id);
  }

  /** Takes a model out of the listing although it goes on answering. */
  hide(id: string): void {
    this.#hidden.add(id);
  }

  hasEnded(id: string): boolean {
    return this.#ended.has(id);
  }

  /** Changes a price; the listing shows the old one until `staleUntil` (epoch ms). Throws on an unknown id. */
  setPrice(id: string, pricing: Pricing, staleUntil: number): void {
    const model = this.#models.get(id);
    if (model === undefined) throw new Error(`The simulator has no model ${id} whose price could change.`);
    this.#stale.set(id, { model: this.#stale.get(id)?.model ?? model, until: staleUntil });
    this.#models.set(id, { ...model, pricing });
  }

  /** Gives a model a habit that lasts; an unknown id is nobody's. */
  setBehaviour(id: string, behaviour: SimulatedBehaviour): void {
    const model = this.#models.get(id);
    if (model === undefined) return;
    this.#models.set(id, { ...model, simulated: { ...model.simulated, ...behaviour } });
  }

  /** The model that answers: the free router picks one of the free models in turn. */
  served(model: CatalogueModel, turn: number): CatalogueModel {
    if (model.id !== FREE_ROUTER_ID) return model;
    const choices = this.#available().filter(
      (other) =>
        other.id.endsWith(":free") &&
        other.expiration_date === null &&
        isFree(other) &&
        !isEmbeddingModel(other),
    );
    return choices[turn % Math.max(1, choices.length)] ?? model;
  }

  #available(): CatalogueModel[] {
    return [...this.#models.values()].filter(({ id }) => !this.#ended.has(id));
  }
}
