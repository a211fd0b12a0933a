import type { LicenceTerms } from "./terms.ts";

/** Whether the fields of one answer agree with each other; `notes` names each contradiction. */
export interface Consistency {
  consistent: boolean;
  notes: string[];
}

/** Finds contradictions between the fields of one answer. It cannot tell whether the answer is right. */
export function checkTerms(terms: Omit<LicenceTerms, "name" | "summary">): Consistency {
  const { permissions, conditions, limitations, copyleft } = terms;
  const keepsLicence = conditions.includes("same-license");
  const disclosesSource = conditions.includes("disclose-source");

  const notes: string[] = [];
  if (copyleft !== "none" && !keepsLicence) {
    notes.push(`${copyleft} copyleft without the condition same-license`);
  }
  if (copyleft === "strong" && !disclosesSource) {
    notes.push("strong copyleft without the condition disclose-source");
  }
  if (copyleft === "none" && keepsLicence) {
    notes.push("the condition same-license without copyleft");
  }
  if (conditions.includes("network-use-disclose") && !disclosesSource) {
    notes.push("network-use-disclose without disclose-source");
  }
  if (permissions.includes("patent-use") && limitations.includes("patent-use")) {
    notes.push("patent-use both granted and excluded");
  }
  return { consistent: notes.length === 0, notes };
}
