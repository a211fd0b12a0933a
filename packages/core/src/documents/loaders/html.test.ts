import { readFile } from "node:fs/promises";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { htmlLoader } from "./html.ts";

const loadBytes = (bytes: Uint8Array) => htmlLoader.load({ name: "page.html", bytes });
const load = (html: string) => loadBytes(Buffer.from(html));
const textOf = async (html: string) => (await load(html)).text;

test("a page gives its article as a reader sees it", async () => {
  const { text, metadata } = await loadBytes(
    await readFile(new URL("../fixtures/article.html", import.meta.url)),
  );
  expect(text).toBe(
    [
      "# Repairing a chain",
      "A worn chain stretches by about one percent before it skips.",
      "## What you need",
      "- a chain tool\n- two links\n- same width",
      "Widths",
      "Speeds | Width (mm)\n8 | 7.1\n11 | ",
      "```\nmeasure --from 0\n  --to 12\n```",
      "Twelve half-links make six inches.",
      "A chain on a ruler",
    ].join("\n\n"),
  );
  expect(metadata).toEqual({
    encoding: "utf-8",
    title: "Repairing a bicycle chain & sprocket",
    leftOutCharacters: expect.any(Number),
  });
});

describe("which part of a page is kept", () => {
  const menu = `<nav>${"menu ".repeat(10)}</nav>`;

  test("without a main element, everything but menus and footers", async () => {
    const page = `${menu}<div>The first part of it</div><div>The second</div><footer>Imprint</footer>`;
    expect(await textOf(page)).toBe("The first part of it\n\nThe second");
  });

  test("a main element that holds little of the page is not believed", async () => {
    const page = `<main>Ad</main><div>${"The story itself. ".repeat(20)}</div>`;
    expect(await textOf(page)).toContain("The story itself.");
  });

  test("a page that is nearly all menu is kept whole", async () => {
    const page = `<nav>${"link ".repeat(50)}</nav><p>x</p>`;
    expect(await textOf(page)).toContain("link link");
  });

  test("hidden text and form controls are left out", async () => {
    const page = `<p>a</p><p aria-hidden="true">b</p><p style="color:red;display :none">c</p>
      <select><option>d</option></select><noscript>e</noscript><template>f</template>`;
    expect(await textOf(page)).toBe("a");
  });

  test("a body hidden until its script ran is read", async () => {
    expect(await textOf('<body style="visibility:hidden" aria-hidden="true"><p>words')).toBe("words");
  });
});

describe("layout", () => {
  test("a table that only lays out the page gives paragraphs", async () => {
    const page = "<table><tr><td></td><td><p>One</p><p>Two</p></td></tr></table>";
    expect(await textOf(page)).toBe("One\n\nTwo");
  });

  test("a table inside a table keeps its rows", async () => {
    const inner = "<table><tr><td>a<td>1<tr><td>b<td>2</table>";
    expect(await textOf(`<table><tr><td>Prices${inner}after</td></tr></table>`)).toBe(
      "Prices\n\na | 1\nb | 2\n\nafter",
    );
  });

  test("an empty cell keeps its column", async () => {
    expect(await textOf("<table><tr><td>a</td><td></td><td>c</td></tr></table>")).toBe("a |  | c");
  });

  test("code keeps its lines also when each is an element", async () => {
    expect(await textOf("<pre><div>if (a) {</div><div>  b()</div>}<br>c</pre>")).toBe(
      "```\nif (a) {\n  b()\n}\nc\n```",
    );
  });

  test("the mark of an empty item or heading does not pass to the next line", async () => {
    expect(await textOf("<ul><li></li></ul><h2></h2><p>words</p>")).toBe("words");
  });

  test("inline elements do not cut words, blocks do", async () => {
    expect(await textOf("<div>un<b>believ</b>able</div><div>a<br>b</div>")).toBe("unbelievable\n\na\n\nb");
  });
});

test("the charset a page declares is used", async () => {
  const page = '<html><head><meta charset="windows-1251"></head><body>Да</body></html>';
  const { text, metadata } = await loadBytes(iconv.encode(page, "windows-1251"));
  expect(text).toBe("Да");
  expect(metadata).toEqual({ encoding: "windows-1251" });
});

describe("hostile pages end soon", () => {
  test.each([
    ["nested 100,000 deep", "<div>".repeat(100_000)],
    ["nested 1,000,000 deep", "<b><i>".repeat(500_000)],
  ])("%s: refused", async (_name, html) => {
    await expect(load(`${html}text`)).rejects.toMatchObject({
      code: "DOCUMENT_MALFORMED",
      message: expect.stringContaining("5000 deep"),
    });
  });

  test.each([
    ["20 MB of unclosed comment", `<!-- ${"x".repeat(20_000_000)}`],
    ["scripts only", "<html><script>draw()</script></html>"],
  ])("%s: empty", async (_name, html) => {
    await expect(load(html)).rejects.toMatchObject({ code: "DOCUMENT_EMPTY" });
  });

  test.each([
    ["5 MB in one line", "word ".repeat(1_000_000)],
    ["200,000 attributes", `<p ${Array.from({ length: 200_000 }, (_, n) => `a${n}="1"`).join(" ")}>text`],
    ["a class of 5 MB", `<p class="${"a ".repeat(2_500_000)}">text`],
    ["300,000 unclosed items", "<li>item".repeat(300_000)],
    ["200,000 unclosed cells", "<table><td>cell".repeat(200)],
    ["200,000 stray closing tags", `text${"</div></p>".repeat(100_000)}`],
  ])("%s: read", async (_name, html) => {
    const started = performance.now();
    expect((await load(html)).text).not.toBe("");
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test("the heading and preface of a page of several articles are kept", async () => {
  const page = `<title>Declaration</title><header><h1>Declaration</h1><p>Whereas recognition of the dignity of all.</p></header>
    <nav>Home</nav><article><h2>Article 1</h2><p>All are born free.</p></article><article><h2>Article 2</h2><p>Everyone is entitled.</p></article>`;
  const { text } = await load(page);
  expect(text).toContain("Whereas recognition");
  expect(text).toContain("Everyone is entitled.");
  expect(text).not.toContain("Home");
});
