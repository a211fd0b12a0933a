import fc from "fast-check";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { decodeText } from "./encoding.ts";
import { controlShare } from "./encoding-signs.ts";

const decode = (bytes: Uint8Array, declared?: string) => decodeText({ name: "file.txt", bytes }, declared);

describe("encodings come back as they were written", () => {
  const cases: [encoding: string, text: string, expected: string][] = [
    ["utf-8", "naïve café — 漢字 😀", "utf-8"],
    ["utf-16le", "Western text in two bytes: café", "utf-16le"],
    ["utf-16be", "Western text in two bytes: café", "utf-16be"],
    ["windows-1252", "Das kostet 50 € und es’s “schön”", "windows-1252"],
    ["windows-1252", `${"The invoice is dated today. ".repeat(40)}It’s €5.`, "windows-1252"],
    ["windows-1251", "Привет, мир. Счёт будет оплачен завтра.", "windows-1251"],
    ["koi8-r", "Привет, мир. Счёт будет оплачен завтра.", "koi8-r"],
    ["windows-1250", "Zażółć gęślą jaźń. Proszę o zapłatę faktury w terminie.", "windows-1250"],
    ["shift_jis", "請求書の合計は五千円です。", "shift_jis"],
    ["euc-jp", "請求書の合計は五千円です。", "euc-jp"],
    ["gb18030", "发票的总额是五千元。", "gb18030"],
    ["big5", "發票的總額是五千元。", "big5"],
    ["euc-kr", "청구서의 합계는 오천 원입니다.", "euc-kr"],
  ];

  test.each(cases)("%s: %s", async (encoding, text, expected) => {
    expect(await decode(iconv.encode(text, encodingName(encoding)))).toEqual({ text, encoding: expected });
  });

  test("Japanese mail, which is all ASCII bytes", async () => {
    const bytes = Buffer.from("\x1b$B$3$l$O\x1b(B hello", "latin1");
    expect(await decode(bytes)).toEqual({ text: "これは hello", encoding: "iso-2022-jp" });
  });

  test("terminal colours are not taken for Japanese mail", async () => {
    const text = "\x1b[31mred\x1b[0m";
    expect(await decode(Buffer.from(text))).toEqual({ text, encoding: "utf-8" });
  });

  test("a late accent in a long ASCII file is still seen", async () => {
    const text = `${"plain line\n".repeat(20_000)}Привет, мир. Счёт будет оплачен завтра.`;
    expect((await decode(iconv.encode(text, "windows-1251"))).text).toBe(text);
  });
});

describe("byte order marks", () => {
  test.each(["utf-8", "utf-16le", "utf-16be", "utf-32"])("decide for %s and are dropped", async (name) => {
    const bytes = iconv.encode("漢字 and text", encodingName(name), { addBOM: true });
    expect(await decode(bytes)).toEqual({ text: "漢字 and text", encoding: name });
  });
});

describe("damage and doubt", () => {
  test("UTF-8 with a few bad bytes stays UTF-8 and shows the loss", async () => {
    const bytes = Buffer.concat([
      Buffer.from("größer ".repeat(50)),
      Buffer.from([0xff]),
      Buffer.from("Ende"),
    ]);
    expect(await decode(bytes)).toEqual({ text: `${"größer ".repeat(50)}\ufffdEnde`, encoding: "utf-8" });
  });

  test("a declared charset is believed where the bytes do not decide", async () => {
    const bytes = iconv.encode("né", "windows-1250");
    expect((await decode(bytes, "windows-1250")).encoding).toBe("windows-1250");
  });

  test("a declared charset does not overrule what is plainly UTF-8", async () => {
    expect((await decode(Buffer.from("größer"), "shift_jis")).text).toBe("größer");
  });

  test("a declared charset that does not exist falls back", async () => {
    const bytes = iconv.encode("50 €", "windows-1252");
    expect(await decode(bytes, "no-such-charset")).toEqual({ text: "50 €", encoding: "windows-1252" });
  });

  test("newlines of every system become \\n", async () => {
    expect((await decode(Buffer.from("a\r\nb\rc\nd"))).text).toBe("a\nb\nc\nd");
  });
});

describe("binary data is refused", () => {
  const binaries: [string, Uint8Array][] = [
    ["bytes of a pseudo-random generator", pseudoRandomBytes(4096)],
    ["zeros only", new Uint8Array(1000)],
    ["text with zeros that is not UTF-8", Buffer.from("a\0\xff\xfebc\0\0\xe9d", "latin1")],
    ["control characters", Buffer.from("\x01\x02\x03\x04\x05\x06 abc")],
  ];

  test.each(binaries)("%s", async (_name, bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: "DOCUMENT_UNSUPPORTED" });
  });
});

describe("any text comes back", () => {
  // Zeros and control characters in number are what tells binary data from text.
  const texts = fc
    .string({ unit: "binary" })
    .filter((text) => controlShare(text) === 0 && text[0] !== "\ufeff");

  test.each(["utf-8", "utf-16le", "utf-16be"])("from %s with a mark", async (name) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const bytes = iconv.encode(text, encodingName(name), { addBOM: true });
        expect((await decode(bytes)).text).toBe(text.replace(/\r\n?/g, "\n"));
      }),
    );
  });

  test("from UTF-8 without a mark", async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect((await decode(Buffer.from(text))).text).toBe(text.replace(/\r\n?/g, "\n"));
      }),
    );
  });

  test("any bytes decode or are refused as binary, and stay as they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const before = [...bytes];
        const outcome = await decode(bytes).catch((error: { code: string }) => error.code);
        expect(outcome === "DOCUMENT_UNSUPPORTED" || typeof outcome === "object").toBe(true);
        expect([...bytes]).toEqual(before);
      }),
    );
  });
});

/** Narrows a name from a table to one that the encoder knows. */
function encodingName(name: string) {
  if (!iconv.encodingExists(name)) throw new Error(`iconv-lite has no ${name}`);
  return name;
}

function pseudoRandomBytes(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}
