/** One line of numbers. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What one `# HELP` and `# TYPE` stand for. */
export interface Family {
  name: string;
  type: string;
  samples: Sample[];
}

const NAME = /^[a-z][a-z0-9_]*$/;
const LINE = /^([a-z][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Reads what Prometheus would read, more strictly than it does: every sample stands beneath the help and the type of its
 * own family, no series stands twice, and names end as they should.
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let helped = "";
  let current: Family | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const [, help] = /^# HELP (\S+) \S.*$/.exec(line) ?? [];
    const [, typed = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (help !== undefined) helped = help;
    else if (typed !== "") {
      current = { name: typed, type, samples: [] };
      checkFamily(current, helped, families);
      families.set(typed, current);
    } else {
      const sample = parseSample(line);
      if (!current || !belongs(sample, current)) throw new Error(`out of its family: ${line}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (series.has(key)) throw new Error(`twice: ${line}`);
      series.add(key);
      current.samples.push(sample);
    }
  }
  return families;
}

function checkFamily({ name, type }: Family, helped: string, families: Map<string, Family>): void {
  if (!NAME.test(name)) throw new Error(`no name: ${name}`);
  if (helped !== name) throw new Error(`no help: ${name}`);
  if (families.has(name)) throw new Error(`twice: ${name}`);
  if (name.startsWith("sluice_") && name.endsWith("_total") !== (type === "counter")) {
    throw new Error(`${name} is a ${type}`);
  }
}

function belongs({ name }: Sample, family: Family): boolean {
  const endings = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  return endings.some((ending) => name === family.name + ending);
}

function parseSample(line: string): Sample {
  const [, name, inner = "", number] = LINE.exec(line) ?? [];
  if (name === undefined || number === undefined) throw new Error(`no sample: ${line}`);
  const value = number === "+Inf" ? Number.POSITIVE_INFINITY : Number(number);
  // What prom-client itself tells of the process may be none.
  if (Number.isNaN(value) && name.startsWith("sluice_")) throw new Error(`no number: ${line}`);
  return { name, labels: parseLabels(inner), value };
}

function parseLabels(inner: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < inner.length) {
    LABEL.lastIndex = at;
    const [whole, name, value] = LABEL.exec(inner) ?? [];
    if (whole === undefined || name === undefined || value === undefined || name in labels) {
      throw new Error(`no labels: ${inner}`);
    }
    labels[name] = value;
    at += whole.length;
  }
  return labels;
}
