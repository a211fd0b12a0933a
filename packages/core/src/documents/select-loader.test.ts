import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { loaders, selectLoader } from "./select-loader.ts";

const select = (name: string, content: string | Uint8Array) =>
  selectLoader({ name, bytes: typeof content === "string" ? Buffer.from(content, "latin1") : content });

describe("content decides before the name", () => {
  test.each([
    ["report.txt", "%PDF-1.7\n%âãÏÓ", "application/pdf"],
    ["report", "HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n", "application/pdf"],
    ["export.xls", "<html><table></table></html>", "text/html"],
    ["page.txt", "\ufeff <!DOCTYPE html>", "text/html"],
    ["page", '<?xml version="1.0"?>\n<!-- saved -->\n<html lang="de">', "text/html"],
    ["wrong.pdf", "<!doctype HTML><p>Not found", "text/html"],
  ])("%s", (name, content, mediaType) => {
    expect(selectLoader({ name, bytes: Buffer.from(content) }).mediaType).toBe(mediaType);
  });

  test("a page in UTF-16 is recognised", () => {
    const bytes = iconv.encode("<!doctype html><p>x", "utf-16le", { addBOM: true });
    expect(select("page", bytes).mediaType).toBe("text/html");
  });

  test.each([
    ["make-pdf.ts", 'const head = "%PDF-1.4\\n";'],
    ["notes.txt", "A file starts with %PDF-1.4 and a newline."],
    ["readme.md", "# <html> explained"],
  ])("%s only mentions another format", (name, content) => {
    expect(select(name, content).mediaType).toMatch(/^text\/(plain|markdown)$/);
  });
});

describe("the name decides where the content does not", () => {
  test.each([
    ["a.md", "text/markdown"],
    ["A.HTML", "text/html"],
    ["b/c.pdf", "application/pdf"],
    ["main.rs", "text/plain"],
    ["Makefile", "text/plain"],
    [".gitignore", "text/plain"],
    ["-", "text/plain"],
  ])("%s", (name, mediaType) => {
    expect(select(name, "some words").mediaType).toBe(mediaType);
  });

  test("each loader is found by each of its endings, and no ending belongs to two", () => {
    const endings = loaders.flatMap((loader) => loader.extensions);
    expect(new Set(endings).size).toBe(endings.length);
    for (const loader of loaders) {
      for (const ending of loader.extensions) expect(select(`x${ending}`, "words")).toBe(loader);
    }
  });
});

describe("binary formats without a loader are refused", () => {
  test.each([
    ["report.docx", "words", /Word document \(\.docx\).*PDF, HTML, Markdown and plain text/],
    ["report.txt", "PK\x03\x04\x14\x00", /Office file, e-book or zip archive/],
    ["old.txt", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", /old format or with a password/],
    ["photo", "\x89PNG\r\n\x1a\n", /an image/],
    ["SHEET.XLSX", "words", /Excel workbook/],
    ["letter.txt", "{\\rtf1\\ansi", /rich text/],
  ])("%s", (name, content, message) => {
    expect(() => select(name, content)).toThrow(
      expect.objectContaining({ code: "DOCUMENT_UNSUPPORTED", message: expect.stringMatching(message) }),
    );
  });
});
