import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from "./frame.ts";
import { type OwnerMessage, ownerMessageSchema, statementError } from "./pglite-messages.ts";
import {
  ConnectionLostError,
  Listeners,
  type NotificationListener,
  PendingAnswers,
  type SqlHost,
  type SqlResult,
} from "./sql-host.ts";

/** How long an owner may take to let a client in: one large statement of another may hold it for seconds. */
const WELCOME_WAIT_MS = 5_000;
/** An owner that answers nothing for this long, though it was asked, is taken for gone. */
const ANSWER_WAIT_MS = 30_000;

/** What a client needs to be let in. */
interface Invitation {
  socket: string;
  token: string;
  version: string;
}

/**
 * Why a client is not let in: `nobody` serves there or the token is not his, he is `silent`, or of another `version`.
 */
type Refusal = "nobody" | "silent" | "version";

/** The database in another process. */
export class OwnerConnection implements SqlHost {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #reader = new FrameReader(MAX_FRAME_BYTES);
  readonly #pending = new PendingAnswers();
  readonly #listeners = new Listeners();
  #isLost = false;
  #saidBye = false;
  #patience: NodeJS.Timeout | undefined;
  #onWelcome: (entry: Refusal | "welcome") => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        this.#end();
        resolve();
      });
    });
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => this.#read(piece));
    this.#wait(WELCOME_WAIT_MS);
  }

  /** Asks the owner to be let in. */
  static async open({ socket: path, token, version }: Invitation): Promise<OwnerConnection | Refusal> {
    const socket = connect({ path });
    const connection = new OwnerConnection(socket);
    const entry = new Promise<Refusal | "welcome">((resolve) => {
      connection.#onWelcome = resolve;
      void connection.ended.then(() => resolve("nobody"));
    });
    socket.write(encodeFrame({ token, version }));
    const outcome = await entry;
    if (outcome === "welcome") return connection;
    socket.destroy();
    return outcome;
  }

  query(sql: string, params: readonly unknown[] = []): Promise<SqlResult> {
    if (this.#isLost || this.#saidBye) return Promise.reject(this.#lost(false));
    const answer = this.#pending.ask((id) => {
      try {
        this.#socket.write(encodeFrame({ id, sql, params }));
      } catch (error) {
        // Too long for one message: the statement fails, and nothing else.
        this.#pending.settle(id, error instanceof Error ? error : new Error(String(error)));
      }
    });
    if (this.#patience === undefined) this.#wait(ANSWER_WAIT_MS);
    return answer;
  }

  onNotification(listener: NotificationListener): () => void {
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    if (this.#isLost) return;
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }

  #read(piece: Buffer): void {
    try {
      for (const message of this.#reader.read(piece)) this.#receive(ownerMessageSchema.parse(message));
    } catch {
      // What cannot be read any further is as good as gone.
      this.#socket.destroy();
    }
    this.#stopWaiting();
    if (this.#pending.size > 0) this.#wait(ANSWER_WAIT_MS);
  }

  #receive(message: OwnerMessage): void {
    if ("welcome" in message) this.#onWelcome(message.welcome ? "welcome" : "version");
    else if ("bye" in message) this.#takeLeave();
    else if ("channel" in message) this.#listeners.tell(message.channel, message.payload);
    else if ("error" in message) this.#pending.settle(message.id, statementError(message.error));
    else this.#pending.settle(message.id, { rows: message.rows, rowCount: message.rowCount });
  }

  /** The owner has answered all that it began; the rest was never carried out. */
  #takeLeave(): void {
    this.#saidBye = true;
    this.#pending.rejectAll(this.#lost(false));
    this.#socket.destroy();
  }

  /** Gives the owner up when nothing comes from it for `ms`. */
  #wait(ms: number): void {
    this.#patience = setTimeout(() => {
      this.#onWelcome("silent");
      this.#socket.destroy();
    }, ms);
  }

  #stopWaiting(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  #end(): void {
    this.#isLost = true;
    this.#stopWaiting();
    this.#pending.rejectAll(this.#lost(true));
  }

  #lost(wasSent: boolean): ConnectionLostError {
    return new ConnectionLostError("the process that hosts the store has gone", { wasSent });
  }
}
