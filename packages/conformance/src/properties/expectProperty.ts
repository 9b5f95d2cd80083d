import fc from "fast-check";
import type { Context } from "../case.js";
import { ConformanceError } from "../compare/conformanceError.js";

/** Runs a property. A failure says in one line what to repeat: the seed, and the smallest case found. */
export async function expectProperty<Inputs extends [unknown, ...unknown[]]>(
  { seed, runs }: Context,
  arbitraries: { readonly [K in keyof Inputs]: fc.Arbitrary<Inputs[K]> },
  hold: (...inputs: Inputs) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty<Inputs>(
    ...(arbitraries as { [K in keyof Inputs]: fc.Arbitrary<Inputs[K]> }),
    hold,
  );
  const details = await fc.check(property, { seed, numRuns: runs });
  if (!details.failed) return;
  const cause = details.errorInstance;
  const reason = cause instanceof Error ? cause.message : "it did not end";
  const example = fc.stringify(details.counterexample);
  throw new ConformanceError(`${reason}; seed ${seed}, smallest failing case ${example}`, {
    cause,
  });
}
