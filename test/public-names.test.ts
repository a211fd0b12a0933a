import * as core from "@sluice/core";
import * as coreTesting from "@sluice/core/testing";
import * as simulator from "@sluice/simulator";
import * as worker from "@sluice/worker";
import { describe, expect, it } from "vitest";

/** What leaves or enters a package's door shows here, so that nobody changes it unaware. */
describe("the public names", () => {
  it("of @sluice/core", () => {
    expect(Object.keys(core).sort()).toMatchInlineSnapshot();
  });

  it("of @sluice/core/testing", () => {
    expect(Object.keys(coreTesting).sort()).toMatchInlineSnapshot();
  });

  it("of @sluice/worker", () => {
    expect(Object.keys(worker).sort()).toMatchInlineSnapshot();
  });

  it("of @sluice/simulator", () => {
    expect(Object.keys(simulator).sort()).toMatchInlineSnapshot();
  });
});
