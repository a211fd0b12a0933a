import { MINUTE_MS, type OpenRouter, SECOND_MS, systemClock } from "@sluice/core";
import { type Io, print, printExactly, printJson, takesColours } from "../io.ts";
import { printableLines } from "../render/printable.ts";
import { type QuotaView, quotaData, renderQuota, renderQuotaChange } from "../render/quota.ts";
import { clockTime } from "../render/time.ts";

/** How often to look, in milliseconds. */
const LOOK_MS = SECOND_MS;

/** How often to hear the server's own count, in milliseconds. */
const SYNC_MS = 5 * MINUTE_MS;

/** Reads the shared ledger and the health of the models; sends nothing. */
export async function readQuota(router: OpenRouter): Promise<QuotaView> {
  return { status: await router.ledger.status(), resting: await router.restingModels() };
}

/** Shows the quota until the signal aborts: redrawn in place on a terminal, a line for each change elsewhere. */
export async function watchQuota(router: OpenRouter, { json, io }: { json: boolean; io: Io }): Promise<void> {
  const show = json ? jsonLines(io) : takesColours(io.stdout, io.env) ? redrawn(io) : changeLines(io);
  let syncAt = Date.now() + SYNC_MS;
  while (!io.signal.aborted) {
    await show(await readQuota(router));
    await systemClock.sleep(LOOK_MS, io.signal).catch(() => {});
    if (Date.now() < syncAt || io.signal.aborted) continue;
    syncAt = Date.now() + SYNC_MS;
    await router.syncQuota().catch(() => {});
  }
}

type Show = (view: QuotaView) => Promise<void>;

/** Draws over what was drawn before. */
function redrawn(io: Pick<Io, "stdout">): Show {
  let height = 0;
  return async (view) => {
    const text = renderQuota(view);
    const upAndClear = height === 0 ? "" : `\u001b[${height}A\u001b[0J`;
    height = text.split("\n").length;
    await printExactly(io, upAndClear + printableLines(text));
  };
}

function changeLines(io: Pick<Io, "stdout">): Show {
  return onChange((view, line) => print(io, `${clockTime(view.status.now)}  ${line}`));
}

function jsonLines(io: Pick<Io, "stdout">): Show {
  return onChange((view) => printJson(io, quotaData(view)));
}

function onChange(show: (view: QuotaView, line: string) => Promise<void>): Show {
  let shown = "";
  return async (view) => {
    const line = renderQuotaChange(view);
    if (line === shown) return;
    shown = line;
    await show(view, line);
  };
}
