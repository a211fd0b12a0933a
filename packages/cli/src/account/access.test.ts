import { expect, test } from "vitest";
import { chooseSettings, type SettingValues, type Source } from "../config/settings.ts";
import { chooseAccess } from "./access.ts";

const accessWith = (values: Partial<SettingValues>, source: Source = "configuration") =>
  chooseAccess(chooseSettings([{ source, values }], "/"));

const loopback = "http://127.0.0.1:4010/api/v1";

test("asks the server with a key", () => {
  expect(accessWith({ apiKey: "k", simulate: "without-key" })).toEqual({
    kind: "server",
    apiKey: "k",
    baseUrl: "https://openrouter.ai/api/v1",
  });
});

test("needs no key for a server on this machine", () => {
  expect(accessWith({ baseUrl: loopback, simulate: "without-key" })).toMatchObject({
    kind: "server",
    apiKey: "local",
  });
});

test.each([
  [{ simulate: "without-key" }, "configuration", "No OPENROUTER_API_KEY is set"],
  [{ simulate: "always", apiKey: "k" }, "flag", "--simulate was given"],
  [{ simulate: "always" }, "configuration", 'The configuration says simulate: "always"'],
] as const)("simulates for %j from %s, and says why", (values, source, because) => {
  expect(accessWith(values, source)).toEqual({ kind: "simulator", because });
});

test("never simulates unasked", () => {
  expect(() => accessWith({})).toThrow(expect.objectContaining({ code: "KEY_MISSING" }));
});
