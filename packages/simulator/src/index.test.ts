import { expect, test } from "vitest";
import * as simulator from "./index.ts";

test("the public door holds these names", () => {
  expect(Object.keys(simulator).sort()).toEqual([
    "classicCatalogue",
    "packedItemIds",
    "scenarios",
    "startSimulator",
    "testCatalogue",
  ]);
});
