import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tasks } from "./profiles.ts";
import { routeTask } from "./route-task.ts";

describe("choosing a task by the text", () => {
  it.each([
    ["code", "Fix this:\nimport os\ndef main():\n    return os.getcwd()\nclass A:\n    pass\n"],
    ["code", "const a = 1;\nfunction f(x) {\n  return x * a;\n}\nexport { f };\n"],
    ["chinese", "人人生而自由,在尊严和权利上一律平等。 Universal Declaration"],
    ["chinese", "すべての人間は、生まれながらにして自由であり"],
    ["general", "All human beings are born free and equal in dignity and rights."],
    ["general", "The offer (see §2) holds; it ends on Friday; no import duty is due."],
    ["complex", "All human beings are born free and equal. ".repeat(200)],
  ])("finds %s", (task, text) => {
    expect(routeTask(text)).toBe(task);
  });

  it("always finds one, and the same one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(tasks).toContain(routeTask(text));
        expect(routeTask(text)).toBe(routeTask(text));
      }),
    );
  });
});
