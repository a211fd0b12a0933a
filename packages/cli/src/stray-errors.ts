import { catchStrayErrors, type StrayError } from "@sluice/core";
import { exitCodes } from "./exit-codes.ts";
import { type Io, tell } from "./io.ts";
import { renderStack, renderStray } from "./render/error.ts";

/**
 * Lets the steps of runs fail with errors that nobody caught, instead of ending the process and with it all other runs.
 *
 * @param exit ends the process, after an error that is no step's.
 */
export function surviveStrayErrors(io: Pick<Io, "stderr" | "env">, exit: (code: number) => void): void {
  catchStrayErrors((stray: StrayError) => {
    tell(io, renderStray(stray));
    if (stray.isFatal || io.env["SLUICE_DEBUG"]) tell(io, renderStack(stray.error));
    if (stray.isFatal) exit(exitCodes.error);
  });
}
