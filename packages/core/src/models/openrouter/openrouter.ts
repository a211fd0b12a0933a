import { MemoryCache } from "../../cache/memory-cache.ts";
import type { ResponseCache } from "../../cache/response-cache.ts";
import { SluiceError } from "../../errors/sluice-error.ts";
import { createLedger } from "../../quota/cell-ledger.ts";
import type { Ledger } from "../../quota/ledger.ts";
import type { QuotaRules } from "../../quota/rules.ts";
import { MemoryCell, type StateCell } from "../../quota/state-cell.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { sha256 } from "../../shared/hash.ts";
import type { Catalogue } from "../catalogue.ts";
import { CatalogueHolder } from "../catalogue-holder.ts";
import { assertFreeId } from "../free-only.ts";
import { HealthBook } from "../health.ts";
import { createModelLayer, type ModelLayer } from "../model-layer.ts";
import type { PreferredModels } from "../needs.ts";
import { type AccountOutlook, outlookOn } from "../outlook.ts";
import { PackBook } from "../pack/pack-book.ts";
import type { Task } from "../profiles.ts";
import { routeCandidates } from "../router.ts";
import { AccountWatch } from "./account-watch.ts";
import { defaultTimeouts, guardFetch, type Timeouts } from "./guard-fetch.ts";
import { OpenRouterApi } from "./openrouter-api.ts";
import { OpenRouterWire } from "./openrouter-wire.ts";

/** OpenRouter's own address. */
export const OPENROUTER_BASE_URL = "https://openrouter.ai/api/v1";

/** How to reach OpenRouter, or the simulator. */
export interface OpenRouterOptions {
  /** Sent in the Authorization header to `baseUrl`, and nowhere else. */
  apiKey: string;
  /** Default {@link OPENROUTER_BASE_URL}. Plain http is taken on loopback addresses only. */
  baseUrl?: string | undefined;
  /** The account's limits until the server has told its own; default OpenRouter's free tier. */
  rules?: Partial<QuotaRules> | undefined;
  /**
   * Where this account's ledger, its catalogue, the health of its models and what packs have taught are shared; default
   * in memory, for this process alone. All processes of one account must share them.
   */
  cell?: ((name: "ledger" | "catalogue" | "health" | "packs") => StateCell) | undefined;
  /** Default: in memory, for this process alone. */
  cache?: ResponseCache | undefined;
  /** Models to ask first for a task, wherever they are free and fit; each id must end in ":free". */
  prefer?: PreferredModels | undefined;
  /** The name under which answers are cached; default the address. A simulator has a new port each time. */
  server?: string | undefined;
  /** How long one request may take. */
  timeouts?: Partial<Timeouts> | undefined;
  clock?: Clock | undefined;
}

/** A connection to one account: the model layer, and what can be read of the account for free. */
export interface OpenRouter extends ModelLayer {
  readonly ledger: Ledger;
  readonly api: OpenRouterApi;
  /**
   * The models as they are known now, read from the server at first use and every hour, or as they were last known.
   * With `refresh` they are read anew; a server that is away changes nothing then either.
   */
  catalogue(options?: { refresh?: boolean | undefined }): Promise<Catalogue>;
  /** The ids that a question of this task is asked of, in the router's order; those that rest now included. */
  candidates(task: Task): Promise<string[]>;
  /** The models that are resting now, with the time at which each may be asked again; soonest first. */
  restingModels(): Promise<RestingModel[]>;
  /** What is known of the account now, for planning; reads the catalogue where it is too old, and asks no model. */
  outlook(): Promise<AccountOutlook>;
  /**
   * Tells the ledger what the server has counted today, and halts the account when the key's spending has risen.
   * Costs no request; to be called at the start and every few minutes.
   *
   * @throws SluiceError ACCOUNT_REFUSED or SERVER_UNREACHABLE.
   */
  syncQuota(): Promise<void>;
}

/** The account's name in shared stores: the first 12 hex digits of the key's SHA-256, from which no key can be had. */
export function accountOf(apiKey: string): string {
  return sha256(apiKey).slice(0, 12);
}

/**
 * Connects to an account. Nothing is sent, and LangChain is not loaded, before the first question.
 *
 * @throws SluiceError OPTION_INVALID for an address that is neither https nor loopback and for a key that is none,
 *   NOT_FREE for a preferred model that may cost money.
 */
export function openRouter(options: OpenRouterOptions): OpenRouter {
  const clock = options.clock ?? systemClock;
  const baseUrl = checkedBaseUrl(options.baseUrl ?? OPENROUTER_BASE_URL);
  const apiKey = checkedKey(options.apiKey);
  for (const id of Object.values(options.prefer ?? {}).flat()) assertFreeId(id, "the preferred models");
  const api = new OpenRouterApi({ baseUrl, apiKey, fetch });
  const cell = options.cell ?? (() => new MemoryCell(clock));
  const ledger = createLedger({ cell: cell("ledger"), rules: options.rules, clock });
  const health = new HealthBook(cell("health"));
  const watch = new AccountWatch(api, ledger);
  const catalogue = new CatalogueHolder({
    read: () => api.readCatalogue(clock.now()),
    cell: cell("catalogue"),
    clock,
  });
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const guarded = guardFetch({
    baseUrl,
    apiKey,
    catalogue: () => catalogue.known(),
    now: () => clock.now(),
    fetch,
    timeouts,
  });
  let chat: Promise<import("./openrouter-chat.ts").OpenRouterChat> | undefined;
  const loadChat = async () => {
    const { OpenRouterChat } = await import("./openrouter-chat.ts");
    return new OpenRouterChat({ baseUrl, fetch: guarded });
  };
  const packs = new PackBook(cell("packs"));
  const layer = createModelLayer({
    wire: new OpenRouterWire(() => (chat ??= loadChat())),
    ledger,
    health,
    clock,
    cache: options.cache ?? new MemoryCache({ clock }),
    server: options.server ?? baseUrl,
    prefer: options.prefer ?? {},
    packs,
    random: Math.random,
    catalogue: () => catalogue.current(),
    onModelGone: () => catalogue.expire(),
    // The server knows best how the day stands; the 429 was adopted already if it does not answer.
    onDayClosed: () => void watch.sync().catch(() => {}),
  });
  return {
    ask: (request, call) => layer.ask(request, call),
    recall: (request, call) => layer.recall(request, call),
    keep: (request, answer) => layer.keep(request, answer),
    ledger,
    api,
    catalogue: ({ refresh = false } = {}) => {
      if (refresh) catalogue.expire();
      return catalogue.current();
    },
    candidates: async (task) => {
      const { state } = await health.read();
      const needs = { task, promptTokens: 0, outputTokens: 0, ...plainNeeds, images: task === "vision" };
      const known = { catalogue: await catalogue.current(), health: state, now: clock.now() };
      return routeCandidates(needs, known).candidates.map(({ id }) => id);
    },
    restingModels: () => restingModels(health, catalogue),
    outlook: async () =>
      outlookOn({
        quota: await ledger.status(),
        catalogue: await catalogue.current(),
        health: (await health.read()).state,
        prefer: options.prefer ?? {},
        learnt: (subject) => packs.read(subject),
      }),
    syncQuota: () => watch.sync(),
  };
}

/** What a question by hand needs beside its text. */
const plainNeeds = { schema: false, tools: false, toolChoice: false };

/** A model that is not asked now. */
export interface RestingModel {
  id: string;
  /** Epoch milliseconds; null for a model that is gone until the catalogue is read anew. */
  until: number | null;
}

async function restingModels(book: HealthBook, catalogue: CatalogueHolder): Promise<RestingModel[]> {
  const { known, at, now } = await book.availability(catalogue.known().fetchedAt);
  const resting = known.flatMap((id) => {
    const until = at(id);
    return until === null || until > now ? [{ id, until }] : [];
  });
  return resting.sort(
    (a, b) => (a.until ?? Number.POSITIVE_INFINITY) - (b.until ?? Number.POSITIVE_INFINITY),
  );
}

/** What cannot stand in a header would be quoted by the error of whoever tries. */
function checkedKey(apiKey: string): string {
  if (/^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new SluiceError("OPTION_INVALID", {
    message:
      "The API key is empty, or holds a blank, a line break or another character that no key has. Check OPENROUTER_API_KEY.",
  });
}

function checkedBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  const isPrivate = url?.protocol === "https:" || (url?.protocol === "http:" && loopback);
  if (url && isPrivate && url.username === "" && url.password === "") return text.replace(/\/+$/, "");
  throw new SluiceError("OPTION_INVALID", {
    message: `The server address "${shown(url, text)}" is not usable: it must be https, or plain http on 127.0.0.1, localhost or [::1], without a user or password. Check OPENROUTER_BASE_URL.`,
    facts: { baseUrl: shown(url, text) },
  });
}

/** A password in it is nobody's to read. */
function shown(url: URL | undefined, text: string): string {
  return url && url.username + url.password !== "" ? `${url.protocol}//***@${url.host}${url.pathname}` : text;
}
