import type { Redis as Client } from "ioredis";
import { Redis } from "./ioredis.ts";

type SentCommand = Parameters<Client["sendCommand"]>;

/**
 * A client whose commands of one turn of the event loop leave in one piece: with many runs at work, a system call for
 * each command takes more time than all that Redis and this process do with it.
 */
export class GatheringRedis extends Redis {
  #isGathering = false;

  override sendCommand(...command: SentCommand): unknown {
    this.#gather();
    return super.sendCommand(...command);
  }

  #gather(): void {
    const { stream } = this;
    if (this.#isGathering || !stream) return;
    this.#isGathering = true;
    stream.cork();
    // Once all sockets were heard that had something: their answers lead to commands that go along.
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}
