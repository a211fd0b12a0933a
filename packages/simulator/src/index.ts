// Running a simulator

// What it serves
export type { CatalogueModel, Pricing, SimulatedBehaviour } from "./catalogue.ts";
// What goes wrong
export type { Fault, FaultStatus, Scenario } from "./faults.ts";

// What it saw
export type { Attempt, Journal, JournalEntry } from "./journal.ts";
export type { CountingOptions, KeyUsage, SimulatorOptions, WireOptions } from "./options.ts";
export type { ItemFault, PackFault, PackShares } from "./packs/pack-faults.ts";
export { packedItemIds } from "./packs/packed-item-ids.ts";
export { scenarios } from "./scenarios.ts";
export { type Simulator, startSimulator } from "./simulator.ts";
export { classicCatalogue, testCatalogue } from "./test-catalogue.ts";
