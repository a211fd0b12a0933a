import { z } from "zod";
import { type ChatReply, chatReplySchema, errorBodySchema } from "../chat.ts";
import { WireFailure } from "../wire.ts";

const chunkSchema = z.looseObject({
  model: z.string().optional(),
  error: errorBodySchema.nullish(),
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish() }).nullish(),
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
    finishReason = choice?.finish_reason ?? finishReason;
    usage = chunk.usage ?? usage;
    model = chunk.model ?? model;
  }
  if (finishReason === undefined) throw new WireFailure({ kind: "unreadable", status: 200 });
  return { model, choices: [{ finish_reason: finishReason, message: { content } }], usage };
}
