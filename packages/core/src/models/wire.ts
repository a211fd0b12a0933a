import type { Permit } from "../quota/ledger.ts";
import type { ChatBody, ChatReply, ErrorBody } from "./chat.ts";

/** Sends one request and tells what came back. The only door to the network for model calls. */
export interface Wire {
  /** Loads what sending needs, so that no permit grows old meanwhile. */
  prepare(): Promise<void>;
  /**
   * Sends exactly one HTTP request under exactly one permit.
   *
   * @throws WireFailure for everything but a readable reply of status 200; `late` when this process was held up and
   *   the permit is too old: nothing has been sent then.
   * @throws SluiceError NOT_FREE when the gate refuses; nothing has been sent then.
   */
  send(body: ChatBody, options: SendOptions): Promise<ChatReply>;
}

/** How one request is sent. */
export interface SendOptions {
  permit: Permit;
  signal?: AbortSignal | undefined;
  /** Asks for the answer as a stream and hears each piece of its text; the reply is the same whole one. */
  onToken?: ((text: string) => void) | undefined;
}

/** What went wrong on the wire, before anybody judged it. */
export interface WireFailureInit {
  kind: "http" | "network" | "timeout" | "unreadable" | "late";
  /** HTTP status, when one came. */
  status?: number | undefined;
  /** The error object of the body, when there was one. */
  error?: ErrorBody | undefined;
  /** Response headers by lower-case name. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** True only when the request provably never left this process. */
  neverLeft?: boolean | undefined;
  cause?: unknown;
}

/** A request that brought no usable reply: the facts, for `classify-error.ts` to judge. */
export class WireFailure extends Error {
  override readonly name = "WireFailure";
  readonly facts: Omit<WireFailureInit, "cause">;

  constructor({ cause, ...facts }: WireFailureInit) {
    super(`${facts.kind}${facts.status === undefined ? "" : ` ${facts.status}`}`, { cause });
    this.facts = facts;
  }
}
