import type { Fault } from "./faults.ts";

/** An answer of `POST /embeddings` before it is put on the wire. */
export interface Embeddings {
  id: string;
  /** Unix seconds. */
  created: number;
  /** The model name as answers give it. */
  model: string;
  provider: string;
  /** One for each text, in their order. */
  vectors: number[][];
  encoding: "float" | "base64";
  promptTokens: number;
  /** USD. */
  cost: number;
}

/** The JSON body of an answer. */
export function embeddingsBody({ id, model, vectors, encoding, ...spent }: Embeddings) {
  const { promptTokens, cost } = spent;
  return {
    id,
    object: "list",
    model,
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: encoding === "base64" ? toBase64(vector) : vector,
    })),
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens, cost },
  };
}

/** Good embeddings as a fault would spoil them; a fault that only a text can suffer leaves them as they are. */
export function spoilEmbeddings(fault: Fault, embeddings: Embeddings): Embeddings {
  switch (fault.kind) {
    case "cost":
      return { ...embeddings, cost: fault.cost };
    case "other-model":
      return { ...embeddings, model: fault.model };
    case "empty":
      return { ...embeddings, vectors: [] };
    default:
      return embeddings;
  }
}

/** 32-bit floats, the lowest byte first. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}
