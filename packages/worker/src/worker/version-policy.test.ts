import { type AnyPipeline, definePipeline } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decideVersion, standingOf } from "./version-policy.ts";

const define = (name: string, version: number, description?: string): AnyPipeline =>
  definePipeline({ name, version, description, input: z.object({ text: z.string() }) });

const runOf = ({ name, version, fingerprint }: AnyPipeline) => ({
  id: "k7w2m9qd41zx",
  pipeline: name,
  version,
  fingerprint,
});
const decide = (run: ReturnType<typeof runOf>, registered: AnyPipeline[], hasBegun: boolean) => {
  const standing = standingOf(run, registered);
  if (standing.kind === "unknown") throw new Error("unknown");
  return decideVersion(run, standing, hasBegun);
};

const one = define("invoices", 1);
const two = define("invoices", 2);
const changed: AnyPipeline = { ...define("invoices", 1), fingerprint: "another" };

describe("the definition of a run", () => {
  it("is its own as long as its version is registered, whatever newer ones there are", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([two, define("invoices", 3), define("other", 9)]), (others) => {
        for (const hasBegun of [true, false]) {
          expect(decide(runOf(one), [...others, one], hasBegun)).toEqual({ kind: "execute", pipeline: one });
        }
      }),
    );
  });

  it("is unknown when nothing bears its name", () => {
    expect(standingOf(runOf(one), [define("other", 1)])).toEqual({ kind: "unknown" });
  });

  it("is refused when its version is gone, begun or not, and the message names the way out", () => {
    for (const hasBegun of [true, false]) {
      const decision = decide(runOf(one), [two, define("invoices", 3)], hasBegun);
      expect(decision).toMatchObject({
        kind: "refuse",
        error: {
          code: "VERSION_MISMATCH",
          message:
            'Run k7w2m9qd41zx is of pipeline "invoices" version 1, which is not registered any more. Register that version again, or begin the run anew on version 3: sluice retry k7w2m9qd41zx',
        },
      });
    }
  });

  it("is refused when it changed under its version after the run had begun", () => {
    expect(decide(runOf(one), [changed, two], true)).toMatchObject({
      kind: "refuse",
      error: {
        code: "VERSION_MISMATCH",
        message: expect.stringMatching(
          /"invoices" changed under its version 1 after run k7w2m9qd41zx had begun.*on version 2: sluice retry k7w2m9qd41zx$/,
        ),
      },
    });
  });

  it("is taken as it is now by a run that has not begun", () => {
    expect(decide(runOf(one), [changed], false)).toEqual({ kind: "adopt", pipeline: changed });
  });
});
