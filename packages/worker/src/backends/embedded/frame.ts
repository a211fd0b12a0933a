const LENGTH_BYTES = 4;

/** The longest message that may be sent, in bytes: a chunk of a hundred large documents fits. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** A message as it goes over a socket: its length in four bytes, then JSON. */
export function encodeFrame(message: unknown): Buffer {
  const text = JSON.stringify(message, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  const size = Buffer.byteLength(text);
  if (size > MAX_FRAME_BYTES) throw new RangeError(`a message of ${size} bytes is over ${MAX_FRAME_BYTES}`);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + size);
  frame.writeUInt32BE(size, 0);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

/** Puts messages together from the pieces in which a socket gives them. */
export class FrameReader {
  /** The longest message that is taken, in bytes. */
  maxBytes: number;
  #pieces: Buffer[] = [];
  #held = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes the next piece, and gives the messages that are whole with it, one at a time.
   *
   * @throws RangeError for a length over the limit; SyntaxError for a message that is no JSON. Both end the reading.
   */
  *read(piece: Buffer): Generator<unknown> {
    this.#pieces.push(piece);
    this.#held += piece.length;
    for (;;) {
      if (this.#held < LENGTH_BYTES) return;
      const size = this.#peekLength();
      if (size > this.maxBytes) throw new RangeError(`a message of ${size} bytes is over ${this.maxBytes}`);
      if (this.#held < LENGTH_BYTES + size) return;
      const body = this.#take(LENGTH_BYTES + size).subarray(LENGTH_BYTES);
      const message: unknown = JSON.parse(body.toString("utf8"));
      yield message;
    }
  }

  #peekLength(): number {
    const [first] = this.#pieces;
    if (first && first.length >= LENGTH_BYTES) return first.readUInt32BE(0);
    this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]?.readUInt32BE(0) ?? 0;
  }

  #take(size: number): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    if (!all) return Buffer.alloc(0);
    this.#held -= size;
    this.#pieces = this.#held > 0 ? [all.subarray(size)] : [];
    return all.subarray(0, size);
  }
}
