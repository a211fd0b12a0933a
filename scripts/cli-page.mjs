// Writes docs/reference/cli.md from the definitions of the commands; a test holds the two equal.
import { writeFileSync } from "node:fs";
import { commands } from "../packages/cli/dist/commands/all.js";
import { renderReference } from "../packages/cli/dist/render/reference.js";
import { root } from "./run.mjs";

writeFileSync(`${root}docs/reference/cli.md`, renderReference(Object.values(commands)));
