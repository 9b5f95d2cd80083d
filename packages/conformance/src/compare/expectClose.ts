import type { Expected } from "../oracle/expected.js";
import { ConformanceError } from "./conformanceError.js";
import { round } from "./storage.js";
import { allowedError, describePrecision, type Precision } from "./tolerance.js";

/** One wrong value. */
interface Fault {
  readonly index: number;
  readonly text: string;
}

/**
 * Compares a result with the oracle's, value by value. Non-finite values are compared by kind: NaN
 * only equals NaN, and each infinity only itself.
 */
export function expectClose(
  what: string,
  got: ArrayLike<number>,
  expected: Expected,
  precision: Precision,
): void {
  const length = expected.values.length;
  if (got.length !== length) {
    throw new ConformanceError(`${what}: expected ${length} values, got ${got.length}`);
  }
  const faults: Fault[] = [];
  for (let index = 0; index < length; index++) {
    const text = faultAt(got[index], expected, index, precision);
    if (text !== null) faults.push({ index, text });
  }
  if (faults.length > 0) throw new ConformanceError(describe(what, faults, length, precision));
}

function faultAt(
  got: number,
  { values, magnitudes, slack }: Expected,
  index: number,
  precision: Precision,
): string | null {
  const exact = values[index];
  if (Object.is(got, exact) || got === exact) return null;
  if (!Number.isFinite(exact)) return `expected ${exact}, got ${got}`;
  const allowed = allowedError(precision, exact, magnitudes[index], slack[index]);
  if (Number.isFinite(got)) {
    const error = Math.abs(got - exact);
    if (error <= allowed) return null;
    return `expected ${exact}, got ${got}, off by ${error} where ${allowed} is allowed`;
  }
  // A finite result may be too large for the type, or too close to that.
  const largest = round(precision.dataType, exact + Math.sign(exact) * allowed);
  return got === largest ? null : `expected ${exact}, got ${got}`;
}

function describe(
  what: string,
  faults: readonly Fault[],
  length: number,
  precision: Precision,
): string {
  const [first] = faults;
  const count = `${faults.length} of ${length} values wrong`;
  return `${what}[${first.index}]: ${first.text} (${describePrecision(precision)}; ${count})`;
}
