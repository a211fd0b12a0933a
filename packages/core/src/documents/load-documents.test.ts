import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../shared/hash.ts";
import { documentSchema } from "./document.ts";
import {
  type DocumentFile,
  type LoadOutcome,
  loadDocument,
  loadDocuments,
  loadFile,
} from "./load-documents.ts";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "load-documents-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<DocumentFile> {
  const path = join(folder, name);
  await writeFile(path, content);
  return { path, name };
}

describe("loadDocument", () => {
  test("says what a source is and where it came from", async () => {
    const bytes = Buffer.from("Dear Sir,\r\nthank you.");
    expect(await loadDocument({ name: "-", bytes })).toEqual({
      id: sha256(bytes),
      name: "-",
      mediaType: "text/plain",
      text: "Dear Sir,\nthank you.",
      metadata: { encoding: "utf-8" },
      bytes: 21,
    });
  });

  test("gives what the schema of a pipeline's input accepts", async () => {
    for (const name of ["invoice.pdf", "article.html", "notes.md"]) {
      const document = await loadFile(join(fixtures, name), { name });
      expect(documentSchema.parse(document)).toEqual(document);
    }
  });

  test.each(["", "  \n\t\r\n", "\ufeff"])("refuses %j as empty", async (content) => {
    await expect(loadDocument({ name: "e.txt", bytes: Buffer.from(content) })).rejects.toMatchObject({
      code: "DOCUMENT_EMPTY",
      message: expect.stringContaining('"e.txt" holds no text'),
    });
  });

  test("drops zero characters, which no database stores", async () => {
    const { text } = await loadDocument({
      name: "log.txt",
      bytes: Buffer.from(`${"words ".repeat(20)}\0end`),
    });
    expect(text).toBe(`${"words ".repeat(20)}end`);
  });

  test("refuses a PDF by name whose content is something else", async () => {
    const source = { name: "renamed.pdf", bytes: Buffer.from("just words") };
    await expect(loadDocument(source)).rejects.toMatchObject({ code: "DOCUMENT_MALFORMED" });
  });
});

describe("loadFile", () => {
  test("names a document after its path unless told otherwise", async () => {
    const { path } = await file("plain.txt", "words");
    expect((await loadFile(path)).name).toBe(path);
    expect((await loadFile(path, { name: "other.txt" })).name).toBe("other.txt");
  });

  test("the same bytes are the same document under any name", async () => {
    const first = await file("one.txt", "same");
    const second = await file("two.txt", "same");
    expect((await loadFile(first.path)).id).toBe((await loadFile(second.path)).id);
  });

  test("holds to the root and the size limit", async () => {
    const { path } = await file("five.txt", "12345");
    await expect(loadFile(path, { root: fixtures })).rejects.toMatchObject({ code: "DOCUMENT_UNREADABLE" });
    await expect(loadFile(path, { maxBytes: 4 })).rejects.toMatchObject({ code: "DOCUMENT_TOO_LARGE" });
  });
});

describe("loadDocuments", () => {
  test("answers in the order of the files, and one bad file stops no other", async () => {
    const files = [
      { path: join(fixtures, "invoice.pdf"), name: "slow.pdf" },
      await file("quick.txt", "quick"),
      { path: join(folder, "missing.txt"), name: "missing.txt" },
      { path: join(fixtures, "encrypted.pdf"), name: "encrypted.pdf" },
      await file("report.docx", "PK\x03\x04"),
      await file("last.md", "# Last"),
    ];
    const outcomes = await collect(loadDocuments(files));
    expect(outcomes.map(summary)).toEqual([
      "slow.pdf application/pdf",
      "quick.txt text/plain",
      "missing.txt DOCUMENT_NOT_FOUND",
      "encrypted.pdf DOCUMENT_ENCRYPTED",
      "report.docx DOCUMENT_UNSUPPORTED",
      "last.md text/markdown",
    ]);
  });

  test("takes files from the list only as the outcomes are taken", async () => {
    const { path } = await file("many.txt", "words");
    let taken = 0;
    function* endless(): Generator<DocumentFile> {
      for (;;) {
        taken += 1;
        yield { path, name: `${taken}` };
      }
    }
    const names: string[] = [];
    for await (const outcome of loadDocuments(endless(), { concurrency: 3 })) {
      names.push(outcome.name);
      expect(taken).toBe(names.length + 2);
      if (names.length === 10) break;
    }
    expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `${index + 1}`));
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses a concurrency of %d at once", (concurrency) => {
    expect(() => loadDocuments([], { concurrency })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining("concurrency") }),
    );
  });

  test("takes undefined for an option as the default", async () => {
    const files = [await file("default.txt", "words")];
    expect(await collect(loadDocuments(files, { concurrency: undefined, maxBytes: undefined }))).toHaveLength(
      1,
    );
  });

  test("no files give no outcomes", async () => {
    expect(await collect(loadDocuments([]))).toEqual([]);
  });
});

async function collect(outcomes: AsyncIterable<LoadOutcome>): Promise<LoadOutcome[]> {
  const all: LoadOutcome[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}

function summary(outcome: LoadOutcome): string {
  return `${outcome.name} ${"error" in outcome ? outcome.error.code : outcome.document.mediaType}`;
}
