// Writes docs/reference/errors.md from the table of codes; a test holds the two equal.
import { writeFileSync } from "node:fs";
import { errorCodes } from "@sluice/core";
import { root } from "./run.mjs";

const rows = Object.entries(errorCodes).map(
  ([code, { verdict, meaning }]) =>
    `| \`${code}\` | ${verdict === "retryable" ? "yes" : "no"} | ${meaning} |`,
);
const page = `# Error codes

Every error that Sluice throws on purpose, and every failed run, has one of these codes. They are stable: decide by the code, never by the message. *Retryable* means that the same work may succeed later without a change.

| code | retryable | meaning |
|---|---|---|
${rows.join("\n")}
`;
writeFileSync(`${root}docs/reference/errors.md`, page);
