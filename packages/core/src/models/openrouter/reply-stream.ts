import { z } from "zod";
import { type ChatReply, chatReplySchema, errorBodySchema } from "../chat.ts";
import { WireFailure } from "../wire.ts";

/** A piece of a tool call: the first of an `index` names it, the arguments come in pieces. */
const callPieceSchema = z.looseObject({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

const chunkSchema = z.looseObject({
  model: z.string().optional(),
  error: errorBodySchema.nullish(),
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({ content: z.string().nullish(), tool_calls: z.array(callPieceSchema).nullish() })
          .nullish(),
        finish_reason: z.string().nullish(),
        error: errorBodySchema.nullish(),
      }),
    )
    .nullish(),
  usage: chatReplySchema.shape.usage,
});

/**
 * Reads a streamed reply to its end and puts it together as the reply that would have come in one piece.
 *
 * @throws WireFailure when the stream ends without saying that it is finished: what came is then no answer.
 */
export async function readStream(
  chunks: AsyncIterable<unknown>,
  onToken: (text: string) => void,
): Promise<ChatReply> {
  let content = "";
  const calls = new StreamedCalls();
  let finishReason: string | undefined;
  let usage: ChatReply["usage"];
  let model: string | undefined;
  for await (const raw of chunks) {
    const chunk = chunkSchema.parse(raw);
    if (chunk.error) return { error: chunk.error };
    const choice = chunk.choices?.[0];
    if (choice?.error) return { choices: [{ finish_reason: "error", error: choice.error }] };
    const text = choice?.delta?.content ?? "";
    if (text !== "") onToken(text);
    content += text;
    calls.add(choice?.delta?.tool_calls ?? []);
    finishReason = choice?.finish_reason ?? finishReason;
    usage = chunk.usage ?? usage;
    model = chunk.model ?? model;
  }
  if (finishReason === undefined) throw new WireFailure({ kind: "unreadable", status: 200 });
  return {
    model,
    choices: [{ finish_reason: finishReason, message: { content, tool_calls: calls.whole() } }],
    usage,
  };
}

/** Tool calls as they come in pieces. */
class StreamedCalls {
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>();

  add(pieces: ReadonlyArray<z.infer<typeof callPieceSchema>>): void {
    for (const [position, piece] of pieces.entries()) {
      const index = piece.index ?? position;
      const call = this.#calls.get(index) ?? { id: "", name: "", arguments: "" };
      this.#calls.set(index, {
        id: piece.id || call.id,
        name: piece.function?.name || call.name,
        arguments: call.arguments + (piece.function?.arguments ?? ""),
      });
    }
  }

  whole(): Array<{ id: string; function: { name: string; arguments: string } }> {
    return [...this.#calls.values()].map(({ id, ...called }) => ({ id, function: called }));
  }
}
