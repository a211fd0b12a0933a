import { isOlder } from "./redis-start-check.ts";

/** A hole in the scripts of a server, and the first version of each line in which it is closed. */
interface Hole {
  cve: string;
  fixedIn: readonly string[];
}

/** The last known hole for whoever may run scripts, which includes us. Lines before the first listed never got it closed. */
const holes: Readonly<Record<string, Hole>> = {
  Redis: { cve: "CVE-2025-49844", fixedIn: ["6.2.20", "7.2.11", "7.4.6", "8.0.4", "8.2.2"] },
  Valkey: { cve: "CVE-2025-67733", fixedIn: ["7.2.12", "8.0.7", "8.1.6", "9.0.3"] },
};

/** The hole that a server of this version may have open. */
export function openHole(product: string, version: string): Hole | undefined {
  const hole = holes[product];
  if (!hole) return undefined;
  const fix = hole.fixedIn.find((fixed) => lineOf(fixed) === lineOf(version));
  const [newest] = hole.fixedIn.slice(-1);
  const isOpen = fix ? isOlder(version, fix) : newest !== undefined && isOlder(version, newest);
  return isOpen ? hole : undefined;
}

/** `7.2` of `7.2.11`. */
function lineOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
