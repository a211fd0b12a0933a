/** The byte order of UTF-16 text. */
export type Utf16Order = "utf-16le" | "utf-16be";

const SIGN_SAMPLE_BYTES = 4096;

/**
 * The byte order of UTF-16 text that has no byte order mark, seen by its zero bytes: western text in
 * UTF-16 has a zero as every second byte. Undefined for anything else.
 */
export function utf16WithoutMark(bytes: Uint8Array): Utf16Order | undefined {
  const sample = bytes.subarray(0, SIGN_SAMPLE_BYTES);
  const zeros = { even: 0, odd: 0 };
  for (const [index, byte] of sample.entries()) {
    if (byte !== 0) continue;
    if (index % 2 === 0) zeros.even += 1;
    else zeros.odd += 1;
  }
  const many = sample.length * 0.2;
  const few = sample.length * 0.02;
  if (zeros.odd > many && zeros.even <= few) return "utf-16le";
  if (zeros.even > many && zeros.odd <= few) return "utf-16be";
  return undefined;
}

/**
 * True for text decoded from damaged UTF-8: under 1 % of it could not be decoded, and more characters
 * outside ASCII came through than were lost. The second rule keeps English in windows-1252 out, whose few
 * curly quotes are under 1 % as well.
 */
export function isMostlyUtf8(decoded: string): boolean {
  let lost = 0;
  let kept = 0;
  for (let index = 0; index < decoded.length; index += 1) {
    const unit = decoded.charCodeAt(index);
    if (unit === 0xfffd) lost += 1;
    else if (unit > 0x7f) kept += 1;
  }
  return lost < decoded.length / 100 && kept > lost;
}

/** The share, 0 to 1, of control characters that no text uses, in the first 64 k characters. */
export function controlShare(text: string): number {
  const length = Math.min(text.length, 64 * 1024);
  let controls = 0;
  for (let index = 0; index < length; index += 1) {
    if (isOddControl(text.charCodeAt(index))) controls += 1;
  }
  return length === 0 ? 0 : controls / length;
}

/** C0 controls except backspace to carriage return (tab, newlines, form feed) and escape. */
function isOddControl(unit: number): boolean {
  return unit < 0x08 || (unit > 0x0d && unit < 0x20 && unit !== 0x1b) || unit === 0x7f;
}

/** True when a zero byte is among the bytes. */
export function hasNul(bytes: Uint8Array): boolean {
  return bytes.includes(0);
}
