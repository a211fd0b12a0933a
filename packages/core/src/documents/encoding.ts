import { unsupportedError } from "./document-errors.ts";
import { controlShare, hasNul, isMostlyUtf8, type Utf16Order, utf16WithoutMark } from "./encoding-signs.ts";
import type { Source } from "./loader.ts";

/** Text made from bytes. */
export interface DecodedText {
  /** With `\n` newlines and without a byte order mark. */
  text: string;
  /** The encoding it was read as, lower case, for example `utf-8`, `utf-16le`, `windows-1252`. */
  encoding: string;
}

/** How many bytes the statistical detector looks at; its time grows with them. */
const SAMPLE_BYTES = 64 * 1024;
/** Below this the detector guesses: wrong answers for short western texts were seen up to 0.08. */
const CONFIDENCE_FLOOR = 0.1;
/** More control characters than this share is not text. */
const MAX_CONTROL_SHARE = 0.1;

/** Encodings found in real files. Without this list short texts are taken for Hebrew DOS or EBCDIC. */
const CANDIDATES = [
  ...["UTF-16", "UTF-16-LE", "UTF-16-BE", "UTF-32", "UTF-32-LE", "UTF-32-BE"],
  ...["CP932", "Shift_JIS", "EUC-JP", "ISO-2022-JP", "GB18030", "GB2312", "Big5", "EUC-KR", "CP949"],
  ...["Windows-1250", "Windows-1251", "Windows-1252", "Windows-1253", "Windows-1254", "Windows-1255"],
  ...["Windows-1256", "Windows-1257", "Windows-1258", "KOI8-R", "KOI8-U", "IBM866", "TIS-620", "CP874"],
  ...["ISO-8859-1", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7", "ISO-8859-8", "ISO-8859-9", "ISO-8859-15"],
];

/**
 * Reads a source's bytes as text, whatever their encoding.
 *
 * In order: byte order mark; the zero bytes of UTF-16; strict UTF-8; UTF-8 with under 1 % damage; the
 * charset the document declares; a statistical guess; windows-1252, which accepts every byte.
 *
 * @param declared An encoding the document itself names, for example in an HTML `<meta charset>`.
 * @throws SluiceError DOCUMENT_UNSUPPORTED when the bytes are binary data.
 */
export async function decodeText(source: Source, declared?: string): Promise<DecodedText> {
  const decoded = decodeUnicode(source.bytes) ?? (await decodeLegacy(source, declared));
  if (controlShare(decoded.text) > MAX_CONTROL_SHARE) throw binaryError(source);
  return { text: decoded.text.replace(/\r\n?/g, "\n"), encoding: decoded.encoding };
}

/** The text if the bytes show by themselves that they are Unicode; undefined otherwise. */
function decodeUnicode(bytes: Uint8Array): DecodedText | undefined {
  const order = utf16Mark(bytes) ?? utf16WithoutMark(bytes);
  if (order) return { text: new TextDecoder(order).decode(bytes), encoding: order };
  if (hasIso2022Escape(bytes)) return undefined;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "utf-8" };
  } catch {
    const text = new TextDecoder("utf-8").decode(bytes);
    return isMostlyUtf8(text) ? { text, encoding: "utf-8" } : undefined;
  }
}

function utf16Mark(bytes: Uint8Array): Utf16Order | undefined {
  const isUtf32 = bytes[2] === 0 && bytes[3] === 0;
  if (bytes[0] === 0xff && bytes[1] === 0xfe && !isUtf32) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return undefined;
}

/** ISO-2022 (Japanese mail) is made of ASCII bytes alone: only its shifts, ESC $, tell it from ASCII. */
function hasIso2022Escape(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes("\x1b$");
}

async function decodeLegacy(source: Source, declared: string | undefined): Promise<DecodedText> {
  const { default: iconv } = await import("iconv-lite");
  const encoding = await legacyEncoding(source, declared);
  // Node's own TextDecoder reads windows-1252 as latin-1 in some releases; iconv-lite lacks ISO-2022-JP.
  if (encoding === "iso-2022-jp") return { text: new TextDecoder(encoding).decode(source.bytes), encoding };
  const known = iconv.encodingExists(encoding) ? encoding : "windows-1252";
  return { text: iconv.decode(source.bytes, known), encoding: known };
}

async function legacyEncoding(source: Source, declared: string | undefined): Promise<string> {
  const { detect } = await import("jschardet");
  const sample = sampleOf(source.bytes);
  const guess = detect(sample, { detectEncodings: CANDIDATES });
  if (guess.encoding === null && !guess.mimeType?.startsWith("text/")) throw binaryError(source);
  const guessed = guess.encoding === null ? "" : canonicalName(guess.encoding);
  if (/^utf-(16|32)/.test(guessed)) return guessed;
  if (hasNul(sample)) throw binaryError(source);
  if (declared !== undefined && !/^utf-?8$/i.test(declared)) return canonicalName(declared);
  return guess.confidence >= CONFIDENCE_FLOOR && guessed !== "" ? guessed : "windows-1252";
}

/** The part that tells most: it starts at the word with the first byte outside ASCII. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const firstHigh = bytes.findIndex((byte) => byte >= 0x80);
  const start = Math.max(0, firstHigh - 32);
  return bytes.subarray(start, start + SAMPLE_BYTES);
}

/** Browsers read these names as their Windows supersets, and so do the files that carry them. */
const SUPERSETS: Readonly<Record<string, string>> = {
  ascii: "windows-1252",
  "us-ascii": "windows-1252",
  "iso-8859-1": "windows-1252",
  latin1: "windows-1252",
  cp932: "shift_jis",
  "windows-31j": "shift_jis",
  cp949: "euc-kr",
  gb2312: "gb18030",
  gbk: "gb18030",
  "utf-16-le": "utf-16le",
  "utf-16-be": "utf-16be",
  "utf-32-le": "utf-32le",
  "utf-32-be": "utf-32be",
};

function canonicalName(encoding: string): string {
  const name = encoding.toLowerCase();
  return SUPERSETS[name] ?? name;
}

function binaryError(source: Source) {
  return unsupportedError(source.name, "binary data");
}
