import { describe, expect, it } from "vitest";
import { quietly } from "./error-reporter.ts";

describe("quietly", () => {
  it("passes one message on once in ten seconds, and others at once", () => {
    const heard: string[] = [];
    let now = 0;
    const report = quietly(
      (error) => heard.push(String(error)),
      () => now,
    );
    report(new Error("refused"));
    report(new Error("refused"));
    report("other");
    now = 9_999;
    report(new Error("refused"));
    now = 10_000;
    report(new Error("refused"));
    expect(heard).toEqual(["Error: refused", "other", "Error: refused"]);
  });
});
