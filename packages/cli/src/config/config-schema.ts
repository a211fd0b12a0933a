import { type AnyPipeline, type SluiceConfig, tasks } from "@sluice/core";
import { z } from "zod";

const schemaLike = z.custom<object>(
  (value) => typeof value === "object" && value !== null && "safeParse" in value,
  "is no zod schema",
);

/** A pipeline is recognised by its parts, because it may come from another copy of the package. */
const pipelineParts = z.looseObject({
  name: z.string(),
  version: z.number().int(),
  fingerprint: z.string(),
  input: schemaLike,
  steps: z.array(z.looseObject({ name: z.string(), step: z.looseObject({ kind: z.string() }) })),
});

const pipeline = z
  .custom<AnyPipeline>(
    (value) => pipelineParts.safeParse(value).success,
    "is no pipeline; make it with definePipeline({ … }).step(…)",
  )
  .refine(
    (value) => value.steps.length > 0,
    "has no step; add one with .step(name, llm({ … })) or .step(name, code({ … }))",
  );

const age = z.number().int().min(0).optional();
const positive = z.number().int().min(1);

/** The shape of a configuration; an unknown field is refused, because it is most likely misspelt. */
export const configSchema = z.strictObject({
  pipelines: z.array(pipeline),
  baseUrl: z.string().min(1).optional(),
  redisUrl: z.string().min(1).optional(),
  ephemeral: z.boolean().optional(),
  home: z.string().min(1).optional(),
  simulate: z.enum(["never", "without-key", "always"]).optional(),
  concurrency: positive.optional(),
  metricsPort: positive.max(65_535).optional(),
  models: z.partialRecord(z.enum(tasks), z.array(z.string())).optional(),
  retention: z
    .strictObject({ inputsMs: age, resultsMs: age, runsMs: age, includeUnexported: z.boolean().optional() })
    .optional(),
  quota: z.strictObject({ perMinute: positive.optional(), perDay: positive.optional() }).optional(),
}) satisfies z.ZodType<SluiceConfig>;

/** What is wrong with a configuration, one phrase per problem: `concurrency: Too small…`. */
export function describeProblems(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.reduce<string>(
        (text, key) =>
          typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key),
        "",
      );
      return path === "" ? issue.message : `${path}: ${issue.message}`;
    })
    .join("; ");
}
