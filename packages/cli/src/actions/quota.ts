import { SluiceError } from "@sluice/core";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { quotaData, renderQuota } from "../render/quota.ts";
import { openSession, type Session } from "../working/session.ts";
import { readQuota, watchQuota } from "../working/watch-quota.ts";

/** What `sluice quota` is given. */
export interface QuotaValues {
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
  watch?: boolean | undefined;
}

/** `sluice quota`: reads the shared ledger after it has heard the server's count, which costs nothing. */
export async function quota(values: QuotaValues, io: Io): Promise<ExitCode> {
  const { json = false, watch = false } = values;
  return withSession(values, io, async ({ router, backend }) => {
    await router.syncQuota().catch((error: unknown) => {
      const why = SluiceError.is(error) ? `: ${error.message}` : "";
      tell(io, `The server did not tell its own count${why}`);
    });
    if (watch) {
      if (!backend.isShared) tell(io, "Nobody else can use the embedded store meanwhile. Ctrl-C ends it.");
      return watchQuota(router, { json, io });
    }
    const view = await readQuota(router);
    if (json) await printJson(io, quotaData(view));
    else await print(io, renderQuota(view));
    if (view.status.halted !== null)
      tell(io, `Look into it first; then: ${programName(io.env)} quota resume`);
  });
}

/** `sluice quota resume` */
export async function quotaResume(values: QuotaValues, io: Io): Promise<ExitCode> {
  return withSession(values, io, async ({ router }) => {
    const { halted } = await router.ledger.status();
    await router.ledger.resume();
    tell(io, halted === null ? "The account was not halted." : "The account may send requests again.");
    tell(io, `Next: ${programName(io.env)} worker --drain`);
  });
}

async function withSession(
  values: QuotaValues,
  io: Io,
  act: (session: Session) => Promise<void>,
): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  await using session = await openSession(settings, io);
  await act(session);
  return exitCodes.done;
}
