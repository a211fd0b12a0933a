import { describe, expect, it } from "vitest";
import { type Import, importsOf, sourceFiles } from "./source-files.ts";

const files = sourceFiles();
const imports = [...files].flatMap(([path, text]) => importsOf(path, text));

/** The packages each package may import at run time. */
const PACKAGES: Record<string, readonly string[]> = {
  core: [],
  simulator: [],
  worker: ["@sluice/core"],
  cli: ["@sluice/core", "@sluice/worker", "@sluice/simulator"],
};

/** The rooms of core each room may import. Every room may import `errors` and `shared`. */
const ROOMS: Record<string, readonly string[]> = {
  shared: [],
  errors: [],
  quota: [],
  cache: [],
  checkpoints: [],
  documents: [],
  models: ["quota", "cache"],
  pipeline: ["models", "documents"],
  telemetry: [],
  executor: ["pipeline", "models", "checkpoints", "telemetry"],
  planning: ["executor", "pipeline", "models", "quota"],
  langchain: ["executor", "pipeline", "models", "telemetry"],
};

/** Packages that only certain files may name. */
const FENCES: ReadonlyArray<{ packages: RegExp; files: RegExp }> = [
  { packages: /^@langchain\/.*$/, files: /^packages\/core\/src\/(models\/openrouter|langchain)\// },
  { packages: /^openai$/, files: /^packages\/core\/src\/models\/openrouter\// },
  {
    packages: /^@opentelemetry\/.*$/,
    files: /^packages\/core\/src\/telemetry\/|^packages\/worker\/src\/backends\/job-telemetry\.ts$/,
  },
  { packages: /^langchain$/, files: /^packages\/core\/src\/models\/agent\/run-agent\.ts$/ },
  {
    packages: /^(bullmq|bullmq-otel|ioredis|@electric-sql\/pglite)$/,
    files: /^packages\/worker\/src\/backends\//,
  },
  { packages: /^prom-client$/, files: /^packages\/worker\/src\/metrics\// },
  { packages: /^(htmlparser2|unpdf|jschardet|iconv-lite)$/, files: /^packages\/core\/src\/documents\// },
  { packages: /^(commander|cli-progress|jiti|tinyglobby)$/, files: /^packages\/cli\// },
  { packages: /^compromise$/, files: /^packages\/simulator\// },
  { packages: /^franc-min$/, files: /^packages\/(simulator\/|core\/src\/shared\/language\.ts$)/ },
  { packages: /^vitest$/, files: /\.testsuite\.ts$|testing\.ts$/ },
];

/** What only the command line may touch, and where else it stands for a reason. */
const PROCESS = /\bprocess\.(env|exit|exitCode|argv|stdin|stdout|stderr)\b|\bconsole\./;
const PROCESS_ALLOWED =
  /^packages\/cli\/src\/cli\.ts$|^packages\/worker\/src\/(testing|backends\/redis\/redis-server)/;

const packageName = (path: string) => path.split("/")[1] ?? "";
const roomOf = (path: string) => /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1];
const tell = ({ from, to }: Import) => `${from} → ${to}`;

describe("the import rules", () => {
  it("see the source files and their imports", () => {
    expect(files.size).toBeGreaterThan(80);
    expect(imports.length).toBeGreaterThan(files.size);
    expect(imports).toContainEqual({
      from: "packages/core/src/models/chain.ts",
      to: "packages/core/src/models/send-attempt.ts",
      typeOnly: false,
    });
  });

  it("let packages depend in one direction only", () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = PACKAGES[packageName(from)] ?? [];
      const leavesPackage = to.startsWith("packages/") && packageName(to) !== packageName(from);
      return leavesPackage || (to.startsWith("@sluice/") && !allowed.includes(to));
    });
    expect(wrong.map(tell)).toEqual([]);
  });

  it("let the rooms of core depend in one direction only", () => {
    const wrong = imports.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      if (!room || !other || room === other || other === "shared") return false;
      if (other === "errors") return room === "shared";
      return !ROOMS[room]?.includes(other);
    });
    expect(wrong.map(tell)).toEqual([]);
  });

  it("keep every fenced package inside its fence", () => {
    const wrong = imports.filter(({ from, to }) =>
      FENCES.some((fence) => fence.packages.test(to) && !fence.files.test(from)),
    );
    expect(wrong.map(tell)).toEqual([]);
  });

  it("keep environment, exit and console to the command line", () => {
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const wrong = [...files].filter(
      ([path, text]) => PROCESS.test(code(text)) && !PROCESS_ALLOWED.test(path),
    );
    expect(wrong.map(([path]) => path)).toEqual([]);
  });

  it("let no file import the index of its own package", () => {
    expect(imports.filter(({ to }) => /^packages\/[^/]+\/src\/index\.ts$/.test(to)).map(tell)).toEqual([]);
  });

  it("allow no cycle", () => {
    expect(cycleIn(imports)).toEqual([]);
  });
});

/** The first cycle found, as a list of files, or nothing. */
function cycleIn(edges: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of targets.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of targets.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
