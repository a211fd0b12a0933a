/**
 * A table in Markdown, so that what is printed can stand in the README as it is.
 *
 * @param {string[]} head
 * @param {Array<Array<string | number>>} rows
 */
export function markdownTable(head, rows) {
  const lines = [head, head.map((_, column) => (column === 0 ? "---" : "--:")), ...rows];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}
