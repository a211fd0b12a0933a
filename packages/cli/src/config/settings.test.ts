import { resolve } from "node:path";
import { definePipeline, llm } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { environmentLayer } from "./environment.ts";
import { chooseSettings, configurationLayer, type Layer, pipelineLayer } from "./settings.ts";

const cwd = resolve("/work");

describe("chooseSettings", () => {
  test("prefers flag to environment to .env to configuration to default", () => {
    const layers: Layer[] = [
      { source: "flag", values: { simulate: "always" } },
      { source: "environment", values: { concurrency: 2 } },
      { source: ".env", values: { concurrency: 3, perDay: 40 } },
      { source: "configuration", values: { concurrency: 4, perDay: 50, perMinute: 6, simulate: "never" } },
    ];
    expect(chooseSettings(layers, cwd)).toEqual({
      apiKey: { value: undefined, source: "default" },
      baseUrl: { value: "https://openrouter.ai/api/v1", source: "default" },
      redisUrl: { value: undefined, source: "default" },
      ephemeral: { value: false, source: "default" },
      home: { value: resolve(cwd, ".sluice"), source: "default" },
      simulate: { value: "always", source: "flag" },
      concurrency: { value: 2, source: "environment" },
      metricsPort: { value: undefined, source: "default" },
      perMinute: { value: 6, source: "configuration" },
      perDay: { value: 40, source: ".env" },
      models: { value: {}, source: "default" },
      retention: { value: {}, source: "default" },
    });
  });
});

describe("pipelineLayer", () => {
  const pipelineWith = (pack: boolean) =>
    definePipeline({ name: "p", version: 1, input: z.object({ text: z.string() }) }).step(
      "kind",
      llm({ prompt: ({ input }) => input.text, pack }),
    );

  test("suggests more runs at a time where those at work can be asked together", () => {
    expect(pipelineLayer([pipelineWith(false)]).values).toEqual({});
    const layers = [pipelineLayer([pipelineWith(false), pipelineWith(true)])];
    expect(chooseSettings(layers, cwd).concurrency).toEqual({ value: 128, source: "default" });
  });
});

describe("environmentLayer", () => {
  const layerOf = (variables: Record<string, string>) =>
    environmentLayer(variables, { source: "environment", folder: cwd }).values;

  test("counts an empty variable as not set", () => {
    expect(layerOf({ OPENROUTER_API_KEY: "", SLUICE_REDIS_URL: " ", SLUICE_CONCURRENCY: "" })).toEqual({});
  });

  test("resolves the home folder", () => {
    expect(layerOf({ SLUICE_HOME: "store" })).toEqual({ home: resolve(cwd, "store") });
  });

  test.each(["0", "-1", "1.5", "many", "1e3"])(
    "refuses %j as a number, naming variable and rule",
    (given) => {
      expect(() => layerOf({ SLUICE_QUOTA_PER_DAY: given })).toThrow(
        expect.objectContaining({
          code: "OPTION_INVALID",
          message: `SLUICE_QUOTA_PER_DAY is "${given}". It must be a whole number from 1.`,
        }),
      );
    },
  );
});

test.each(["0", "65536", "9464.5"])("refuses %j as a port", (given) => {
  const read = () => environmentLayer({ SLUICE_METRICS_PORT: given }, { source: "environment", folder: cwd });
  expect(read).toThrow(`SLUICE_METRICS_PORT is "${given}". It must be a whole number from 1 to 65535.`);
});

test("a configuration's explicit undefined equals absent, and its home counts from its folder", () => {
  const config = {
    pipelines: [],
    home: "data",
    baseUrl: undefined,
    quota: { perDay: 9, perMinute: undefined },
  };
  expect(configurationLayer(config, "/project").values).toEqual({
    home: resolve("/project/data"),
    perDay: 9,
  });
});
