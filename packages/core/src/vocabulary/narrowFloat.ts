/**
 * Conversion between float64 and the two 16-bit formats, rounding to nearest, ties to even,
 * directly from float64 (going through float32 would round twice).
 * IEEE 754-2019 binary16; bfloat16 as the upper half of binary32.
 */
export interface NarrowFloat {
  /** 16 bits → exact value. */
  decode(bits: number): number;
  /** Value → nearest 16 bits; NaN becomes the quiet NaN, overflow becomes Infinity. */
  encode(value: number): number;
}

interface Format {
  readonly fractionBits: number;
  readonly minExponent: number;
  readonly maxExponent: number;
}

const FLOAT64_BITS = new DataView(new ArrayBuffer(8));

/** Adding and subtracting 1.5 · 2^52 rounds a float64 of magnitude under 2^51 to an integer, ties to even. */
const ROUND_TO_INTEGER = 1.5 * 2 ** 52;

function exponentOf(magnitude: number): number {
  FLOAT64_BITS.setFloat64(0, magnitude);
  return ((FLOAT64_BITS.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

function narrowFloat({ fractionBits, minExponent, maxExponent }: Format): NarrowFloat {
  const infinityBits = (maxExponent - minExponent + 2) << fractionBits;
  const fractionMask = (1 << fractionBits) - 1;

  function decode(bits: number): number {
    const sign = bits & 0x8000 ? -1 : 1;
    const biasedExponent = (bits & 0x7fff) >>> fractionBits;
    const fraction = bits & fractionMask;
    if ((bits & 0x7fff) >= infinityBits)
      return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (biasedExponent === 0) return sign * fraction * 2 ** (minExponent - fractionBits);
    const significand = fraction + fractionMask + 1;
    return sign * significand * 2 ** (minExponent + biasedExponent - 1 - fractionBits);
  }

  function encode(value: number): number {
    if (Number.isNaN(value)) return infinityBits | (1 << (fractionBits - 1));
    const signBit = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const magnitude = Math.abs(value);
    if (magnitude >= 2 ** (maxExponent + 1)) return signBit | infinityBits;
    const exponent = Math.max(exponentOf(magnitude), minExponent);
    const quanta = magnitude / 2 ** (exponent - fractionBits);
    const rounded = quanta + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
    // A carry out of the fraction runs into the exponent field, which is the next larger number.
    return signBit | (((exponent - minExponent) << fractionBits) + rounded);
  }

  return Object.freeze({ decode, encode });
}

/** IEEE 754 binary16: 11 significant bits, up to 65504. */
export const float16: NarrowFloat = narrowFloat({
  fractionBits: 10,
  minExponent: -14,
  maxExponent: 15,
});

/** The upper half of binary32: 8 significant bits. */
export const bfloat16: NarrowFloat = narrowFloat({
  fractionBits: 7,
  minExponent: -126,
  maxExponent: 127,
});
