import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a command in the root with its output shown.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {boolean} whether it succeeded
 */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    // npm and npx are command files there.
    shell: process.platform === "win32",
  });
  if (error) console.error(`Could not start ${command}: ${error.message}`);
  return status === 0;
}

/**
 * Runs a program of an installed dependency.
 *
 * @param {string} name
 * @param {string[]} args
 */
export function runTool(name, args) {
  return run(`${root}node_modules/.bin/${name}`, args);
}
