import type { Backend } from "@batchnorm/core";
import { allCases } from "./cases/allCases.js";
import { twinCases } from "./cases/rule18Determinism.js";
import { readDeclared } from "./declared.js";
import { type CaseOptions, runCase } from "./runCase.js";

/** The two functions of a test runner that the suite needs. */
export interface Runner {
  test(name: string, run: () => Promise<void>): void;
  /** Shows a case that cannot be asked of this backend, and why. */
  skip(name: string, reason: string): void;
}

/** Options of `conformance`. */
export interface ConformanceOptions extends CaseOptions {
  /** Backends that must give the same bits, such as this one with other numbers of threads. */
  readonly twins?: readonly Backend[] | undefined;
  /** Receives a closing line with the counts. */
  readonly report?: ((line: string) => void) | undefined;
}

/** How many cases the suite has for a backend. */
export interface ConformanceCount {
  readonly registered: number;
  readonly skipped: number;
}

/**
 * Registers every case of the contract with a test runner. What applies is decided by the backend's
 * own capabilities, read once; what it declares unsupported is tested to be refused.
 * @throws BatchNormError `BACKEND_UNAVAILABLE`: ask `backend.probe()` first where that may happen
 */
export async function conformance(
  runner: Runner,
  backend: Backend,
  options: ConformanceOptions = {},
): Promise<ConformanceCount> {
  const capabilities = await readDeclared(backend);
  let registered = 0;
  let skipped = 0;
  for (const one of [...allCases, ...twinCases(options.twins ?? [])]) {
    const reason = one.skip?.(capabilities) ?? null;
    if (reason === null) {
      registered++;
      runner.test(one.name, () => runCase(one, backend, capabilities, options));
    } else {
      skipped++;
      runner.skip(one.name, reason);
    }
  }
  options.report?.(`conformance of ${backend.name}: ${registered} cases, ${skipped} skipped`);
  return { registered, skipped };
}
