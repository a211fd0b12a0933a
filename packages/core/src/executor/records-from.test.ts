import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { walkSteps } from "../pipeline/children.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { approve } from "../pipeline/steps/approve.ts";
import { branch } from "../pipeline/steps/branch.ts";
import { code } from "../pipeline/steps/code.ts";
import { loop } from "../pipeline/steps/loop.ts";
import { map } from "../pipeline/steps/map.ts";
import { parallel } from "../pipeline/steps/parallel.ts";
import { recordsFrom } from "./records-from.ts";

const text = code({ output: z.string(), run: () => "x" });

const pipeline = definePipeline({
  name: "letters",
  version: 1,
  input: z.object({ pages: z.array(z.string()) }),
})
  .step("split", text)
  .step("note", text)
  .step(
    "notes",
    map({
      over: ({ input }) => input.pages,
      each: (item) => item.step("read", text).step("check", text),
      onItemError: "collect",
    }),
  )
  .step("release", approve({ decision: z.boolean(), question: () => "Go?" }))
  .step(
    "both",
    parallel({
      tags: (side) => side.step("tags", text),
      mood: (side) => side.step("ask", text).step("rate", text),
    }),
  )
  .step("last", text);

/** What a run of it has recorded. */
const records = [
  "split",
  "note",
  "notes/0/read",
  "notes/0/check",
  "notes/1/read",
  "notes/1#error",
  "notes/10/read",
  "notes/10/check",
  "notes",
  "release#asked",
  "release#decision",
  "release",
  "both/tags",
  "both/mood/ask",
  "both/mood/rate",
  "both",
  "last#turn/2",
  "last",
];

const kept = (step: string) => {
  const isDropped = recordsFrom(pipeline, step);
  return records.filter((path) => !isDropped(path));
};

describe("a run that begins again at a step", () => {
  it("keeps what came before, and drops the step with all below and after it", () => {
    expect(kept("split")).toEqual([]);
    expect(kept("note")).toEqual(["split"]);
    expect(kept("notes")).toEqual(["split", "note"]);
    expect(kept("release")).toEqual(records.slice(0, 9));
    expect(kept("last")).toEqual(records.slice(0, -2));
  });

  it("drops a step of every item, or of one, with what followed from it", () => {
    expect(kept("notes/*/check")).toEqual([
      ...["split", "note", "notes/0/read", "notes/1/read", "notes/10/read"],
    ]);
    expect(kept("notes/1/read")).toEqual([
      ...["split", "note", "notes/0/read", "notes/0/check", "notes/10/read", "notes/10/check"],
    ]);
  });

  it("keeps the branches beside it", () => {
    const before = records.slice(0, records.indexOf("both/tags"));
    expect(kept("both/tags")).toEqual([...before, "both/mood/ask", "both/mood/rate"]);
    expect(kept("both/mood/rate")).toEqual([...before, "both/tags", "both/mood/ask"]);
  });

  it("keeps which case was taken, and takes a loop as a whole", () => {
    const routed = definePipeline({ name: "routed", version: 1, input: z.object({}) })
      .step(
        "route",
        branch({
          on: (): "long" | "short" => "long",
          cases: {
            long: (one) => one.step("cut", text).step("read", text),
            short: (one) => one.step("say", text),
          },
        }),
      )
      .step(
        "polish",
        loop({
          state: z.string(),
          start: () => "",
          body: (round) => round.step("edit", text),
          until: () => true,
          maxRounds: 2,
        }),
      );
    const recorded = [
      "route#on",
      "route/long/cut",
      "route/long/read",
      "route",
      "polish#start",
      "polish/0/edit",
      "polish",
    ];
    const isDropped = recordsFrom(routed, "route/long/read");
    expect(recorded.filter((path) => !isDropped(path))).toEqual(["route#on", "route/long/cut"]);
    expect(() => recordsFrom(routed, "polish/0/edit")).toThrow(
      'cannot begin again at "polish/0/edit"; it can at: route, route/long/cut, route/long/read, route/short/say, polish.',
    );
  });

  it.each(["", "nothing", "notes/read", "notes/x/read", "split#on"])(
    "refuses %j, and lists its steps",
    (step) => {
      expect(() => recordsFrom(pipeline, step)).toThrow(
        "it can at: split, note, notes, notes/*/read, notes/*/check,",
      );
    },
  );

  it("drops less, the later the step stands", () => {
    const paths = [...walkSteps(pipeline)].map(({ path }) => path).filter((path) => !path.includes("/"));
    fc.assert(
      fc.property(fc.nat(paths.length - 1), fc.nat(paths.length - 1), (one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        const keptLater = kept(paths[later] ?? "");
        for (const path of kept(paths[earlier] ?? "")) expect(keptLater).toContain(path);
      }),
    );
  });
});
