import type { Backend } from "@batchnorm/core";
import { type ConformanceOptions, conformance } from "./conformance.js";

/** Options of `runPlain`. */
export interface PlainOptions extends ConformanceOptions {
  /** Only the cases with these names. */
  readonly only?: readonly string[] | undefined;
}

/** What a plain run found. */
export interface PlainResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

/** A case that failed, and what it threw. */
export interface Failure {
  readonly name: string;
  readonly error: unknown;
}

/**
 * Runs the suite without a test runner, one case after the other. Prints a line for each failed or
 * skipped case and the closing line `N passed, N failed, N skipped`.
 */
export async function runPlain(
  backend: Backend,
  print: (line: string) => void,
  options: PlainOptions = {},
): Promise<PlainResult> {
  const cases: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  const skips: string[] = [];
  const isWanted = (name: string) => options.only?.includes(name) ?? true;
  const runner = {
    test(name: string, run: () => Promise<void>) {
      if (isWanted(name)) cases.push({ name, run });
    },
    skip(name: string, reason: string) {
      if (isWanted(name)) skips.push(`skipped: ${name} (${reason})`);
    },
  };
  await conformance(runner, backend, options);
  for (const line of skips) print(line);
  const failures: Failure[] = [];
  for (const { name, run } of cases) {
    const failure = await failureOf(name, run);
    if (failure === null) continue;
    failures.push(failure);
    print(`FAILED: ${name}: ${messageOf(failure.error)}`);
  }
  const [failed, skipped] = [failures.length, skips.length];
  const passed = cases.length - failed;
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return { passed, failed, skipped, failures };
}

async function failureOf(name: string, run: () => Promise<void>): Promise<Failure | null> {
  try {
    await run();
    return null;
  } catch (error) {
    return { name, error };
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll("\n", " ");
}
