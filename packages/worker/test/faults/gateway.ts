import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { RedisServer } from "@sluice/worker/testing";

/** One connection that goes through, from both its ends. */
interface Pair {
  client: Socket;
  upstream: Socket;
  /** Nothing is passed on any more, and neither end is told. */
  isSilent: boolean;
}

const INFO_REQUEST = Buffer.from("*1\r\n$4\r\ninfo\r\n");

/** A way to Redis that can be held up, slowed, and led to another server. */
export class Gateway implements AsyncDisposable {
  readonly #pairs = new Set<Pair>();
  readonly #server = createServer((client) => this.#open(client));
  #target: Pick<RedisServer, "port">;
  #latencyMs = 0;
  #info: string | undefined;
  #passing = Promise.resolve();
  #release = () => {};

  private constructor(target: Pick<RedisServer, "port">) {
    this.#target = target;
  }

  static async to(target: Pick<RedisServer, "port">): Promise<Gateway> {
    const gateway = new Gateway(target);
    gateway.#server.listen(0, "127.0.0.1");
    await once(gateway.#server, "listening");
    return gateway;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Nothing goes through, in neither direction, until it is healed; what was sent meanwhile comes late, as with TCP. */
  partition(): void {
    this.#passing = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  heal(): void {
    this.#release();
  }

  /** The connections that there are fall silent for ever, as they do when a router forgets them; new ones work. */
  silence(): void {
    for (const pair of this.#pairs) pair.isSilent = true;
  }

  /** Each way takes so long from now on. */
  slow(latencyMs: number): void {
    this.#latencyMs = latencyMs;
  }

  /** Breaks all connections; new ones lead to another server. */
  leadTo(target: Pick<RedisServer, "port">): void {
    this.#target = target;
    for (const pair of this.#pairs) close(pair);
  }

  /** Answers INFO by itself. */
  tell(info: string): void {
    this.#info = info;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    for (const pair of this.#pairs) close(pair);
    this.#server.close();
    await once(this.#server, "close");
  }

  #open(client: Socket): void {
    const pair = { client, upstream: connect(this.#target.port, "127.0.0.1"), isSilent: false };
    this.#pairs.add(pair);
    client.once("close", () => this.#pairs.delete(pair));
    this.#carry(pair, client, pair.upstream);
    this.#carry(pair, pair.upstream, client);
  }

  /** In order, whatever each piece has to wait for. */
  #carry(pair: Pair, from: Socket, to: Socket): void {
    let last = Promise.resolve();
    from.on("error", () => {});
    from.on("data", (bytes) => {
      if (from === pair.client && this.#info !== undefined && bytes.equals(INFO_REQUEST)) {
        from.write(`$${Buffer.byteLength(this.#info)}\r\n${this.#info}\r\n`);
        return;
      }
      const due = sleep(this.#latencyMs);
      last = last
        .then(() => due)
        .then(() => this.#passing)
        .then(() => void (pair.isSilent || to.write(bytes)));
    });
    from.once("close", () => void last.then(() => this.#passing).then(() => pair.isSilent || close(pair)));
  }
}

function close({ client, upstream }: Pair): void {
  client.destroy();
  upstream.destroy();
}
