import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a door answers by itself. */
interface OwnAnswer {
  status: number;
  body: string;
}

/** A way to the model server that can be shut, and that can answer for it. */
export class Door implements AsyncDisposable {
  readonly #target: string;
  readonly #own = new Map<string, OwnAnswer>();
  #server: Server;
  #port = 0;

  private constructor(simulatorUrl: string) {
    this.#target = new URL(simulatorUrl).origin;
    this.#server = this.#create();
  }

  static async to(simulatorUrl: string): Promise<Door> {
    const door = new Door(simulatorUrl);
    await door.open();
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api/v1`;
  }

  /** Answers a path of the API by itself; undefined lets the server answer again. */
  answer(path: string, own: OwnAnswer | undefined): void {
    if (own) this.#own.set(`/api/v1${path}`, own);
    else this.#own.delete(`/api/v1${path}`);
  }

  /** From now on connections are refused, and those that there are break. */
  async shut(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async open(): Promise<void> {
    this.#server = this.#create();
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.shut();
  }

  #create(): Server {
    return createServer((request, response) => void this.#pass(request, response));
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "", headers } = request;
    const own = this.#own.get(url);
    if (own) {
      response.writeHead(own.status, { "content-type": "application/json" }).end(own.body);
      return;
    }
    const { authorization = "", "content-type": type = "application/json" } = headers;
    const body = method === "POST" ? await textOf(request) : null;
    const reply = await fetch(this.#target + url, {
      method,
      body,
      headers: { authorization, "content-type": type },
    });
    response.writeHead(reply.status, {
      "content-type": "application/json",
      date: reply.headers.get("date") ?? "",
    });
    response.end(await reply.text());
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
}
