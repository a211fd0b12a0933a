import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = readdirSync(join(root, "packages"));

const versions = z.record(z.string(), z.string()).default({});
const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string().default("0.0.0"),
  private: z.boolean().default(false),
  scripts: versions,
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
  peerDependencies: versions,
});
type Manifest = z.infer<typeof manifestSchema>;

const readManifest = (folder: string): Manifest =>
  manifestSchema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));

/** Where Node finds a package from a folder; undefined for one that is not installed. */
function folderOf(name: string, from: string): string | undefined {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return realpathSync(folder);
  }
  return undefined;
}

/** Everything that is installed with our packages, by folder: dependencies of dependencies, optional ones too. */
function installed(): Map<string, Manifest> {
  const found = new Map<string, Manifest>();
  const visit = (folder: string) => {
    if (found.has(folder)) return;
    const manifest = readManifest(folder);
    found.set(folder, manifest);
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const dependency = folderOf(name, folder);
      if (dependency !== undefined) visit(dependency);
      // What is optional may be made for another system.
      else if (name in dependencies && !(name in optionalDependencies))
        throw new Error(`${name} is not installed`);
    }
  };
  for (const name of names) visit(join(root, "packages", name));
  return found;
}

/** Scripts that a package manager runs when it installs a package. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

function runsAtInstall(folder: string, { scripts }: Manifest): boolean {
  // Without a script of its own, a package with this file is built.
  return INSTALL_SCRIPTS.some((script) => script in scripts) || existsSync(join(folder, "binding.gyp"));
}

/** Those that would run one, and are known to work without. */
const ALLOWED = ["msgpackr-extract"];

describe("what is installed with our packages", () => {
  it("runs no script when it is installed, but for what works without it and is not let here either", () => {
    const found = installed();
    expect(found.size).toBeGreaterThan(50);
    const running = [...found].filter(([folder, manifest]) => runsAtInstall(folder, manifest));
    expect(running.map(([, { name }]) => name).sort()).toEqual(ALLOWED);
    const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
    for (const name of ALLOWED) expect(workspace).toMatch(new RegExp(`^  "?${name}"?: false$`, "m"));
    expect(workspace).not.toMatch(/^ {2}\S+: true$/m);
  });

  it("is named once with an exact version, and by everybody else by that name", () => {
    const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
    const catalog = /^catalog:\n((?: {2}.*\n)+)/m.exec(workspace)?.[1]?.trimEnd().split("\n") ?? [];
    expect(catalog.length).toBeGreaterThan(20);
    for (const line of catalog) expect(line).toMatch(/^ {2}"?[@\w./-]+"?: \d+\.\d+\.\d+$/);
    for (const folder of [root, ...names.map((name) => join(root, "packages", name))]) {
      const { dependencies, devDependencies, optionalDependencies, peerDependencies } = readManifest(folder);
      const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies };
      for (const [name, version] of Object.entries(all)) {
        expect(version, name).toBe(name.startsWith("@sluice/") ? "workspace:*" : "catalog:");
      }
    }
  });

  it("comes from the registry with the content that the lock file names", () => {
    const lock = readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
    const resolutions = [...lock.matchAll(/^ {4}resolution: (.*)$/gm)].map(
      ([, resolution = ""]) => resolution,
    );
    expect(resolutions.length).toBeGreaterThan(100);
    for (const resolution of resolutions) expect(resolution).toMatch(/^\{integrity: sha512-[\w+/=]+\}$/);
  });
});

const packed = z.array(z.object({ name: z.string(), files: z.array(z.object({ path: z.string() })) }));

describe("what we publish", () => {
  let files: Array<{ path: string; place: string }>;

  beforeAll(() => {
    const folders = names.map((name) => `./packages/${name}`);
    const told = execFileSync("npm", ["pack", ...folders, "--dry-run", "--json"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    files = packed.parse(JSON.parse(told)).flatMap((list) => {
      const folder = join("packages", list.name.replace("@sluice/", ""));
      return list.files.map(({ path }) => ({ path, place: join(folder, path) }));
    });
  }, 60_000);

  it("runs no script when it is installed", () => {
    for (const name of names) {
      const folder = join(root, "packages", name);
      expect(runsAtInstall(folder, readManifest(folder))).toBe(false);
    }
  });

  it("is what was built, the templates and the program, and nothing else", () => {
    const others = files.filter(({ path }) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
    expect(others.map(({ place }) => place).sort()).toMatchInlineSnapshot(`
      [
        "packages/cli/bin/sluice.js",
        "packages/cli/package.json",
        "packages/cli/templates/documents/complaint.txt",
        "packages/cli/templates/documents/invitation.md",
        "packages/cli/templates/env.example",
        "packages/cli/templates/gitignore",
        "packages/cli/templates/pipeline.ts",
        "packages/cli/templates/sluice.config.ts",
        "packages/core/package.json",
        "packages/simulator/package.json",
        "packages/worker/package.json",
      ]
    `);
  });

  it("holds no tests, and of what tests are made with only what `@sluice/…/testing` needs", () => {
    const made = files.filter(({ path }) => /test|fixture|bench/i.test(path) && path.endsWith(".js"));
    expect(made.map(({ place }) => place).sort()).toMatchInlineSnapshot(`
      [
        "packages/core/dist/cache/response-cache.testsuite.js",
        "packages/core/dist/checkpoints/checkpoint-store.testsuite.js",
        "packages/core/dist/quota/ledger.testsuite.js",
        "packages/core/dist/testing.js",
        "packages/simulator/dist/test-catalogue.js",
        "packages/worker/dist/backend/backend.testsuite.js",
        "packages/worker/dist/backend/crash.testsuite.js",
        "packages/worker/dist/backend/event-log.testsuite.js",
        "packages/worker/dist/backend/killed-consumer.fixture.js",
        "packages/worker/dist/backend/run-identity.testsuite.js",
        "packages/worker/dist/backend/run-queue.testsuite.js",
        "packages/worker/dist/backend/run-removal.testsuite.js",
        "packages/worker/dist/backend/run-store.testsuite.js",
        "packages/worker/dist/backends/redis/redis-server.fixture.js",
        "packages/worker/dist/testing.js",
      ]
    `);
  });

  it("holds no key, and no path of the machine that it was built on", () => {
    for (const { place } of files) {
      const text = readFileSync(join(root, place), "utf8");
      expect(text, place).not.toMatch(/sk-or-v1-\w{16,}|BEGIN [A-Z ]*PRIVATE KEY/);
      expect(text.includes(root), place).toBe(false);
    }
  });
});
