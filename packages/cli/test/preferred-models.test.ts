import { expect, test } from "vitest";
import { call } from "./call.ts";
import { makeFolder, titlesConfig } from "./folder.ts";

const document = { "a.txt": "The harbour opens. Ships may enter at dawn." };

test("a run asks the models that the configuration prefers for its task", async () => {
  const preferred = 'models: { general: ["gone/away:free", "liquid/lfm-2.5-2.6b:free"] }';
  await using folder = await makeFolder({ ...document, "sluice.config.ts": titlesConfig(preferred) });
  const { code, stdout, stderr } = await call(["run", "titles", "a.txt", "--simulate", "--json"], {
    cwd: folder.path,
  });
  expect(stderr).toContain("1 of 1 done");
  expect(JSON.parse(stdout)).toMatchObject({ models: ["liquid/lfm-2.5-2.6b:free"] });
  expect(code).toBe(0);
});

test("a preferred model that may cost money is refused before anything is enqueued or sent", async () => {
  const priced = 'models: { general: ["openai/gpt-5"] }';
  await using folder = await makeFolder({ ...document, "sluice.config.ts": titlesConfig(priced) });
  const { code, stderr } = await call(["run", "titles", "a.txt", "--simulate"], { cwd: folder.path });
  expect(stderr).toContain(
    'error NOT_FREE: The model id "openai/gpt-5" in the preferred models does not end in ":free"',
  );
  expect(stderr).not.toContain("queued");
  expect(code).toBe(1);
});

test("a task that does not exist is named", async () => {
  await using folder = await makeFolder({
    ...document,
    "sluice.config.ts": titlesConfig("models: { poetry: [] }"),
  });
  const { code, stderr } = await call(["run", "titles", "a.txt", "--simulate"], { cwd: folder.path });
  expect(stderr).toContain("CONFIG_INVALID");
  expect(stderr).toContain("poetry");
  expect(code).toBe(1);
});
