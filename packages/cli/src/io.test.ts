import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { programName, takesColours, withoutSecrets } from "./io.ts";

test.each([
  ["key sk-or-v1-0123456789abcdef refused", "key sk-*** refused"],
  ["redis://user:pass@host:6379/0 is gone", "redis://***@host:6379/0 is gone"],
  ["rediss://:pass@host", "rediss://***@host"],
  ["ask-me-anything at https://example.org/@you", "ask-me-anything at https://example.org/@you"],
])("shows %j as %j", (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});

test.each([
  [true, {}, true],
  [true, { NO_COLOR: "1" }, false],
  [true, { TERM: "dumb" }, false],
  [false, {}, false],
])("with a terminal: %j and %j, colours are %j", (isTTY, env, colours) => {
  expect(takesColours(Object.assign(new PassThrough(), { isTTY }), env)).toBe(colours);
});

test("is named as it was started", () => {
  expect(programName({})).toBe("sluice");
  expect(programName({ npm_command: "run-script" })).toBe("npx sluice");
  expect(programName({ npm_execpath: "/usr/lib/node_modules/npm/bin/npx-cli.js" })).toBe("npx sluice");
  expect(programName({ npm_config_user_agent: "pnpm/10.0.0 node/v20.20.0" })).toBe("npx sluice");
});
