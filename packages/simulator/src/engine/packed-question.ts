import { type ChatRequest, messageText } from "../chat-request.ts";
import { type PackedRequest, unpack } from "../packs/packed-request.ts";
import { asObject, type JsonSchema, listOf, resolve } from "./schema.ts";
import { documentMessage } from "./source.ts";

/** A request that carries several documents and asks for an answer to each. */
export interface PackedQuestion {
  packed: PackedRequest;
  /** The schema of an answer, without the id of its entry. */
  fields: JsonSchema;
  /** The schema that references are looked up in. */
  root: JsonSchema;
}

/**
 * A request as a packed one. Null when it carries no fenced items, or when its schema asks for something else than
 * `items` with an id each: then what looks like fences is a part of the document.
 */
export function packedQuestion(request: ChatRequest, schema: JsonSchema | null): PackedQuestion | null {
  const packed = unpack(messageText(documentMessage(request.messages)));
  return packed === null || schema === null ? null : withFields(packed, schema);
}

function withFields(packed: PackedRequest, root: JsonSchema): PackedQuestion | null {
  const list = resolve(asObject(asObject(resolve(root, root)["properties"])?.["items"]) ?? {}, root);
  const entry = resolve(asObject(list["items"]) ?? {}, root);
  const { id, ...properties } = asObject(entry["properties"]) ?? {};
  if (id === undefined) return null;
  const required = listOf(entry, "required").filter((name) => name !== "id");
  const definitions = { ...asObject(root["$defs"]), ...asObject(entry["$defs"]) };
  return { packed, fields: { ...entry, properties, required }, root: { ...root, $defs: definitions } };
}
