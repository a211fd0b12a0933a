import { SluiceError } from "../../errors/sluice-error.ts";
import type { AnyView } from "../../pipeline/step.ts";

/** Thrown at whoever reads an output that is not known yet. */
class NotKnownYet extends Error {
  override readonly name = "NotKnownYet";
}

/**
 * A view of the steps whose outputs are known, in which to look for any other one is an error: so it is found out whether
 * a function needs it, without asking its author.
 */
export function blindView(view: AnyView, known: Readonly<Record<string, unknown>>): AnyView {
  const refuse = (): never => {
    throw new NotKnownYet("an output is read that is not known yet");
  };
  const steps = new Proxy(
    { ...view.steps, ...known },
    {
      get: (outputs, name, receiver) =>
        typeof name === "string" && !(name in outputs) ? refuse() : Reflect.get(outputs, name, receiver),
      has: (outputs, name) => name in outputs || refuse(),
      // Who lists all of them may look for any.
      ownKeys: refuse,
    },
  );
  return { ...view, steps };
}

/** True for what a function threw, or was wrapped around it, because it read what is not known yet. */
export function isBlind(error: unknown): boolean {
  return error instanceof NotKnownYet || (SluiceError.is(error) && error.cause instanceof NotKnownYet);
}
