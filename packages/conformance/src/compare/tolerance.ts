import type { AccuracyClass, DataType } from "@batchnorm/core";
import { round, smallestNormal, ulp } from "./storage.js";

/**
 * What a result is, which decides how its error is bounded:
 * - `output` (y): units in the last place of the largest magnitude of its channel
 * - `gradient` (dx, dScale, dBias): a fraction of the sum of the magnitudes summed
 * - `statistic` (running and saved): likewise
 */
export type ResultKind = "output" | "gradient" | "statistic";

export interface Precision {
  /** Of the tensor that holds the result. */
  readonly dataType: DataType;
  readonly kind: ResultKind;
}

const OUTPUT_ULPS = 4;
const RELATIVE: Readonly<Record<"gradient" | "statistic", number>> = {
  gradient: 1e-6,
  statistic: 2e-6,
};
/** Hardware may flush subnormal float32 values to zero. */
const FLUSHED_TO_ZERO = smallestNormal("float32");
const RELATIVE_FLOAT64 = 1e-12;

/**
 * Relative error that the mean may have. `extendedMean` promises y within 1e-5 at |mean|/std = 1e5,
 * `plainMean` within 4e-7 times that ratio. In float64 the mean is one word.
 */
export function meanError(dataType: DataType, accuracy: AccuracyClass): number {
  if (dataType === "float64") return 1e-15;
  return accuracy === "extendedMean" ? 1e-10 : 4e-7;
}

/** The largest permitted |result − exact|. */
export function allowedError(
  { dataType, kind }: Precision,
  exact: number,
  magnitude: number,
  slack: number,
): number {
  if (dataType === "float64") return RELATIVE_FLOAT64 * magnitude + slack;
  const rounding =
    kind === "output" ? OUTPUT_ULPS * ulp("float32", magnitude) : RELATIVE[kind] * magnitude;
  const computed = rounding + slack + FLUSHED_TO_ZERO;
  if (dataType === "float32") return computed;
  // One unit of the 16-bit type, and what float32 arithmetic lost before that rounding.
  const rounded = round(dataType, exact);
  return ulp(dataType, Number.isFinite(rounded) ? rounded : exact) + computed;
}

/** The bound in words, for failures. */
export function describePrecision({ dataType, kind }: Precision): string {
  if (dataType === "float64") return "float64: 1e-12 of the magnitudes";
  const inFloat32 =
    kind === "output"
      ? `${OUTPUT_ULPS} float32 ULP of the channel's largest magnitude`
      : `${RELATIVE[kind]} of the magnitudes summed`;
  return dataType === "float32"
    ? `float32: ${inFloat32}`
    : `${dataType}: 1 ULP, and before rounding ${inFloat32}`;
}
