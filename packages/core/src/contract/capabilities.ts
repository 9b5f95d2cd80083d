import type { DataType } from "../vocabulary/dataType.js";

/**
 * What a backend declares about itself. Code above reads these properties and never asks for a
 * backend's name; the conformance suite holds a backend to them.
 */
export interface Capabilities {
  readonly dataTypes: readonly DataType[];
  /** `packed`: without gaps in the order of the format; `arbitrary`: any positive strides. */
  readonly strides: "packed" | "arbitrary";
  /** Largest rank, or null for no limit. */
  readonly maxRank: number | null;
  /** Largest rank of tensors that are not packed, or null for no other limit. */
  readonly maxStridedRank: number | null;
  /** False: `backwardInference` is `UNSUPPORTED`. */
  readonly backwardInference: boolean;
  /**
   * Data types in which a forward may have a residual z and beta ≠ 0 together; elsewhere that is
   * `UNSUPPORTED`: two roundings would be needed.
   */
  readonly blendedResidual: readonly DataType[];
  readonly accuracy: AccuracyClass;
  /** Results are bit-equal from run to run. */
  readonly deterministic: boolean;
}

/**
 * How float32 results behave where |mean| is large against the standard deviation, and for small values.
 * - `extendedMean`: the mean carries more digits than float32; y is within 1e-5 at |mean|/std = 1e5.
 *   Epsilon is a float64; squares and products of small values keep their digits.
 * - `plainMean`: the mean is one float32 word; the error of y grows with |mean|/std, up to 4e-7 times it,
 *   and the relative error of a variance up to 2e-8 times it.
 *   Epsilon, squares and products of small values are float32: below 2^-126 they may be 0.
 */
export type AccuracyClass = "extendedMean" | "plainMean";
