import type { DataType } from "@batchnorm/core";

/**
 * Rounding and units in the last place of the storage types, written independently of core.
 * IEEE 754-2019; bfloat16 as the upper half of binary32.
 */
interface Format {
  readonly fractionBits: number;
  readonly minExponent: number;
  readonly maxExponent: number;
}

const FORMATS: Readonly<Record<DataType, Format>> = {
  float64: { fractionBits: 52, minExponent: -1022, maxExponent: 1023 },
  float32: { fractionBits: 23, minExponent: -126, maxExponent: 127 },
  float16: { fractionBits: 10, minExponent: -14, maxExponent: 15 },
  bfloat16: { fractionBits: 7, minExponent: -126, maxExponent: 127 },
};

/** Distance between neighbours of the type at this magnitude. */
export function ulp(dataType: DataType, magnitude: number): number {
  const { fractionBits, minExponent } = FORMATS[dataType];
  if (!Number.isFinite(magnitude)) return Number.NaN;
  return 2 ** (Math.max(exponentOf(Math.abs(magnitude)), minExponent) - fractionBits);
}

/** The value of the type nearest to `value`, ties to even; overflow becomes Infinity. */
export function round(dataType: DataType, value: number): number {
  if (dataType === "float64" || !Number.isFinite(value)) return value;
  if (dataType === "float32") return Math.fround(value);
  const unit = ulp(dataType, value);
  const rounded = roundTiesToEven(value / unit) * unit;
  const tooLarge = 2 ** (FORMATS[dataType].maxExponent + 1);
  if (Math.abs(rounded) >= tooLarge) return Math.sign(rounded) * Number.POSITIVE_INFINITY;
  return rounded;
}

/** The value of the type next to `value` towards zero: what a careless conversion gives. */
export function truncate(dataType: DataType, value: number): number {
  if (!Number.isFinite(value)) return value;
  const unit = ulp(dataType, value);
  return Math.trunc(value / unit) * unit;
}

export function roundAll(dataType: DataType, values: ArrayLike<number>): Float64Array {
  return new Float64Array(values).map((value) => round(dataType, value));
}

/** Smallest normal value of the type. */
export function smallestNormal(dataType: DataType): number {
  return 2 ** FORMATS[dataType].minExponent;
}

/** Exponent of the leading bit; for 0, one below everything. */
function exponentOf(magnitude: number): number {
  if (magnitude === 0) return -1074;
  // The logarithm may be off next to a power of two.
  const guess = Math.max(Math.floor(Math.log2(magnitude)), -1074);
  if (2 ** guess > magnitude) return guess - 1;
  return guess < 1023 && 2 ** (guess + 1) <= magnitude ? guess + 1 : guess;
}

function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
