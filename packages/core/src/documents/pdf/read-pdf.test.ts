import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readPdf } from "./read-pdf.ts";

const fixture = async (name: string) => ({
  name,
  bytes: await readFile(new URL(`../fixtures/${name}`, import.meta.url)),
});

describe("a PDF with a text layer", () => {
  test("gives its pages with their numbers, and their lines", async () => {
    const { text, pages, metadata } = await readPdf(await fixture("invoice.pdf"));
    expect(pages?.map((page) => page.number)).toEqual([1, 2]);
    expect(pages?.[0]?.text).toContain("Northwind Paper Ltd.\nInvoice 2024-117\n");
    expect(pages?.[0]?.text).toContain("Total due: 63.50 €");
    expect(text).toBe(`${pages?.[0]?.text}\n\n${pages?.[1]?.text}`);
    expect(metadata).toEqual({ pages: 2, title: "Invoice 2024-117" });
  });

  test("opens without a password when only changes are locked", async () => {
    const { text } = await readPdf(await fixture("owner-locked.pdf"));
    expect(text).toContain("Invoice 2024-117");
  });

  test("opens with other bytes before its mark", async () => {
    const { bytes } = await fixture("invoice.pdf");
    const { text } = await readPdf({ name: "x.pdf", bytes: Buffer.concat([Buffer.from("junk\n"), bytes]) });
    expect(text).toContain("Invoice 2024-117");
  });
});

describe("a PDF without readable text says why", () => {
  test("a password is needed", async () => {
    await expect(readPdf(await fixture("encrypted.pdf"))).rejects.toMatchObject({
      code: "DOCUMENT_ENCRYPTED",
      message: expect.stringContaining('"encrypted.pdf" is protected by a password'),
    });
  });

  test("it is a scan, of so many pages", async () => {
    await expect(readPdf(await fixture("scanned.pdf"))).rejects.toMatchObject({
      code: "DOCUMENT_SCANNED",
      facts: { document: "scanned.pdf", pages: 2 },
    });
  });

  test("its pages are blank", async () => {
    await expect(readPdf(await fixture("blank.pdf"))).rejects.toMatchObject({ code: "DOCUMENT_EMPTY" });
  });

  test.each([
    ["nothing", ""],
    ["the mark alone", "%PDF-1.4"],
    ["garbage after the mark", `%PDF-1.4\n${"garbage ".repeat(1000)}`],
    ["an endless page count", onePagePdf({ count: 2_000_000_000, kids: "" })],
    ["no pages", onePagePdf({ count: 0, kids: "" })],
    ["a page tree that holds itself", onePagePdf({ count: 1, kids: "2 0 R" })],
  ])("it is %s", async (_name, content) => {
    await expect(readPdf({ name: "broken.pdf", bytes: Buffer.from(content) })).rejects.toMatchObject({
      code: "DOCUMENT_MALFORMED",
    });
  });

  test("it is cut off", async () => {
    const { bytes } = await fixture("invoice.pdf");
    const cut = bytes.subarray(0, Math.floor(bytes.length / 4));
    await expect(readPdf({ name: "cut.pdf", bytes: cut })).rejects.toMatchObject({
      code: "DOCUMENT_MALFORMED",
    });
  });
});

describe("limits", () => {
  test("more pages than allowed are refused before any is read", async () => {
    const reading = readPdf(await fixture("invoice.pdf"), { limits: { maxPages: 1 } });
    await expect(reading).rejects.toMatchObject({
      code: "DOCUMENT_TOO_LARGE",
      facts: { document: "invoice.pdf", pages: 2, pagesRead: 0 },
    });
  });

  test("more text than allowed ends the reading after the page that passes it", async () => {
    const reading = readPdf(await fixture("invoice.pdf"), { limits: { maxTextBytes: 10 } });
    await expect(reading).rejects.toMatchObject({ code: "DOCUMENT_TOO_LARGE", facts: { pagesRead: 1 } });
  });

  test("the time allowed grows with the pages and is checked between them", async () => {
    let now = 0;
    const clock = {
      now: () => {
        now += 100;
        return now;
      },
      sleep: () => Promise.resolve(),
    };
    const source = await fixture("invoice.pdf");
    const short = readPdf(source, { clock, limits: { baseTimeMs: 50, timePerPageMs: 50 } });
    await expect(short).rejects.toMatchObject({ code: "DOCUMENT_TOO_LARGE", facts: { pagesRead: 1 } });
    const long = readPdf(source, { clock, limits: { baseTimeMs: 50, timePerPageMs: 100 } });
    await expect(long).resolves.toMatchObject({ metadata: { pages: 2 } });
  });
});

/** A PDF whose page tree is as given; without a table of offsets, which readers then rebuild. */
function onePagePdf(tree: { count: number; kids: string }): string {
  return `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [${tree.kids}] /Count ${tree.count} >> endobj
trailer << /Root 1 0 R >>
%%EOF
`;
}
