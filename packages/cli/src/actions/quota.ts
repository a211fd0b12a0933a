import { SluiceError } from "@sluice/core";
import { type Account, openAccount } from "../account/account.ts";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, tell } from "../io.ts";
import { quotaData, renderQuota } from "../render/quota.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice quota` is given. */
export interface QuotaValues {
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
}

/** `sluice quota`: reads the shared ledger after it has heard the server's count, which costs nothing. */
export async function quota(values: QuotaValues, io: Io): Promise<ExitCode> {
  return withAccount(values, io, async ({ router }) => {
    await router.syncQuota().catch((error: unknown) => {
      const why = SluiceError.is(error) ? `: ${error.message}` : "";
      tell(io, `The server did not tell its own count${why}`);
    });
    const status = await router.ledger.status();
    if (values.json) await printJson(io, quotaData(status));
    else await print(io, renderQuota(status));
    if (status.halted !== null) tell(io, "Look into it first; then: sluice quota resume");
  });
}

/** `sluice quota resume` */
export async function quotaResume(values: QuotaValues, io: Io): Promise<ExitCode> {
  return withAccount(values, io, async ({ router }) => {
    const { halted } = await router.ledger.status();
    await router.ledger.resume();
    tell(io, halted === null ? "The account was not halted." : "The account may send requests again.");
    tell(io, "Next: sluice worker --drain");
  });
}

async function withAccount(
  values: QuotaValues,
  io: Io,
  act: (account: Account) => Promise<void>,
): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  await using store = await openStore(settings);
  await using account = await openAccount(settings, io, store.backend);
  await act(account);
  return exitCodes.done;
}
