import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from "./frame.ts";
import {
  helloSchema,
  type OwnerMessage,
  requestSchema,
  type ServeRequest,
  type SqlAnswer,
  type SqlRequest,
} from "./pglite-messages.ts";

/** A stranger may send this much, and take this long, before he has shown the token. */
const HELLO = { maxBytes: 1_024, waitMs: 2_000 };
/** A client that leaves this much unread is dropped, in bytes. */
const MAX_UNREAD_BYTES = 2 * MAX_FRAME_BYTES;

/**
 * One session is behind all clients. A transaction would take in the statements of others, and lose them with itself;
 * so only statements that are whole in themselves are taken.
 */
const ALLOWED = /^(?:[\s(]|--[^\n]*\n)*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;

interface ServerOptions extends ServeRequest {
  /** Runs a statement and never throws. */
  answer(request: SqlRequest): Promise<SqlAnswer>;
  /** Told when a client that was let in has gone. */
  onLeft(): void;
}

/** Serves the database to other processes of the same user. */
export class StatementServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #strangers = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  readonly #atWork = new Set<Promise<void>>();
  #closing = false;

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#meet(socket));
  }

  static async listen(options: ServerOptions): Promise<StatementServer> {
    const server = new StatementServer(options);
    server.#server.listen(options.socketPath);
    await once(server.#server, "listening");
    await chmod(options.socketPath, 0o600);
    return server;
  }

  /** Passes a notification on to every client. */
  tell(channel: string, payload: string): void {
    for (const socket of this.#clients) send(socket, { channel, payload });
  }

  /** Answers what was begun, says good-bye, and takes nothing more. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#server.close();
    for (const socket of this.#strangers) socket.destroy();
    await Promise.all(this.#atWork);
    for (const socket of this.#clients) {
      send(socket, { bye: true });
      socket.end();
    }
  }

  #meet(socket: Socket): void {
    const reader = new FrameReader(HELLO.maxBytes);
    const hurry = setTimeout(() => socket.destroy(), HELLO.waitMs);
    this.#strangers.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(hurry);
      this.#strangers.delete(socket);
      if (this.#clients.delete(socket) && !this.#closing) this.#options.onLeft();
    });
    socket.on("data", (piece: Buffer) => {
      try {
        for (const message of reader.read(piece)) {
          if (this.#clients.has(socket)) this.#take(socket, message);
          else if (!this.#letIn(socket, message)) return;
          clearTimeout(hurry);
          reader.maxBytes = MAX_FRAME_BYTES;
        }
      } catch {
        // Whoever does not keep to the protocol is no client of ours.
        socket.destroy();
      }
    });
  }

  #letIn(socket: Socket, message: unknown): boolean {
    const hello = helloSchema.parse(message);
    if (!isSame(hello.token, this.#options.token)) {
      socket.destroy();
      return false;
    }
    const welcome = hello.version === this.#options.version && !this.#closing;
    this.#strangers.delete(socket);
    if (welcome) this.#clients.add(socket);
    send(socket, { welcome });
    if (!welcome) socket.end();
    return welcome;
  }

  #take(socket: Socket, message: unknown): void {
    const request = requestSchema.parse(message);
    if (this.#closing) return;
    const work = this.#answer(request).then((answer) => send(socket, answer));
    this.#atWork.add(work);
    void work.finally(() => this.#atWork.delete(work));
  }

  async #answer(request: SqlRequest): Promise<SqlAnswer> {
    if (ALLOWED.test(request.sql)) return this.#options.answer(request);
    return {
      id: request.id,
      error: { message: "The owner of the store takes no such statement.", code: "0A000" },
    };
  }
}

function send(socket: Socket, message: OwnerMessage): void {
  if (socket.destroyed || socket.writableEnded) return;
  try {
    socket.write(encodeFrame(message));
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  } catch {
    // An answer too large to be sent: the client sees that the connection ends.
    socket.destroy();
  }
}

function isSame(given: string, token: string): boolean {
  const [left, right] = [given, token].map((text) => createHash("sha256").update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
