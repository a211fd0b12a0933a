// Installs what is missing and builds what is out of date; quick when there is nothing to do.
import { readFileSync } from "node:fs";
import { root, run, runTool } from "./run.mjs";

const PNPM = "pnpm@12.21.0";

/** pnpm leaves a copy of the lock file that it installed from. */
function isInstalled() {
  const [wanted, installed] = ["pnpm-lock.yaml", "node_modules/.pnpm/lock.yaml"].map((file) => {
    try {
      return readFileSync(`${root}${file}`, "utf8");
    } catch {
      return undefined;
    }
  });
  return wanted !== undefined && wanted === installed;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Sluice needs Node 20.19 or newer; this is ${process.versions.node}.`);
}
if (!isInstalled()) {
  console.error(`Installing dependencies with ${PNPM} …`);
  if (!run("npx", ["--yes", PNPM, "install", "--frozen-lockfile"]))
    fail("The installation failed; see above.");
}
if (!runTool("tsc", ["-b", "packages/cli"])) fail("The build failed; see above.");
