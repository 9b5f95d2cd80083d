import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bfloat16, float16, type NarrowFloat } from "../../src/vocabulary/narrowFloat.ts";

interface Case {
  readonly format: NarrowFloat;
  readonly fractionBits: number;
  readonly exponentBits: number;
}

const CASES: [string, Case][] = [
  ["float16", { format: float16, fractionBits: 10, exponentBits: 5 }],
  ["bfloat16", { format: bfloat16, fractionBits: 7, exponentBits: 8 }],
];

const ALL_PATTERNS = Array.from({ length: 0x10000 }, (_, bits) => bits);

/**
 * The value of a pattern as an integer count of the smallest subnormal: IEEE 754-2019 section 3.4
 * in whole numbers, so that this evaluation shares no arithmetic with the code under test.
 */
function quantaOf(bits: number, { fractionBits }: Case): bigint {
  const fraction = BigInt(bits & ((1 << fractionBits) - 1));
  const exponent = BigInt((bits & 0x7fff) >> fractionBits);
  if (exponent === 0n) return fraction;
  return (fraction + (1n << BigInt(fractionBits))) << (exponent - 1n);
}

/** |value| · 2^1074 as an integer, taken from the bits of the float64. */
function exact(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([Math.abs(value)]).buffer)[0];
  const exponent = bits >> 52n;
  const fraction = bits & ((1n << 52n) - 1n);
  return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
}

/** Nearest pattern, ties to the even one, by comparing exact distances to both neighbours. */
function nearest(value: number, one: Case): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const { fractionBits, exponentBits } = one;
  const infinity = ((1 << exponentBits) - 1) << fractionBits;
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return sign | infinity;
  const smallestExponent = 1 - ((1 << (exponentBits - 1)) - 1) - fractionBits;
  const scaled = exact(value);
  const unit = 1n << BigInt(1074 + smallestExponent);
  let low = 0;
  let high = infinity; // Infinity stands where the next finite number would.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (quantaOf(middle, one) * unit <= scaled) low = middle;
    else high = middle;
  }
  if (scaled >= quantaOf(high, one) * unit) return sign | high;
  const below = scaled - quantaOf(low, one) * unit;
  const above = quantaOf(high, one) * unit - scaled;
  if (below === above) return sign | (low % 2 === 0 ? low : high);
  return sign | (below < above ? low : high);
}

describe.each(CASES)("%s", (_, one) => {
  const { format, fractionBits, exponentBits } = one;
  const infinity = ((1 << exponentBits) - 1) << fractionBits;
  const isNaNPattern = (bits: number) => (bits & 0x7fff) > infinity;
  const finitePatterns = ALL_PATTERNS.filter((bits) => (bits & 0x7fff) < infinity);

  test("every pattern that is a number comes back from decode and encode", () => {
    const wrong = ALL_PATTERNS.filter(
      (bits) => !isNaNPattern(bits) && format.encode(format.decode(bits)) !== bits,
    );
    expect(wrong).toEqual([]);
  });

  test("every NaN pattern decodes to NaN, and NaN encodes to the quiet NaN", () => {
    const patterns = ALL_PATTERNS.filter(isNaNPattern);
    expect(patterns).toHaveLength(2 * ((1 << fractionBits) - 1));
    expect(patterns.filter((bits) => !Number.isNaN(format.decode(bits)))).toEqual([]);
    expect(format.encode(Number.NaN)).toBe(infinity | (1 << (fractionBits - 1)));
  });

  test("every finite pattern decodes to the value of its integer evaluation", () => {
    const unit = 2 ** (1 - ((1 << (exponentBits - 1)) - 1) - fractionBits);
    const wrong = finitePatterns.filter((bits) => {
      const expected = Number(quantaOf(bits, one)) * unit * (bits & 0x8000 ? -1 : 1);
      return !Object.is(format.decode(bits), expected);
    });
    expect(wrong).toEqual([]);
  });

  test("every midpoint goes to the even neighbour, and what is just beside it to the nearer", () => {
    const wrong: string[] = [];
    for (let bits = 0; bits + 1 < infinity; bits++) {
      const midpoint = (format.decode(bits) + format.decode(bits + 1)) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const below = format.encode(midpoint * (1 - Number.EPSILON));
      const above = format.encode(midpoint * (1 + Number.EPSILON));
      if (format.encode(midpoint) !== even) wrong.push(`tie above ${bits}`);
      if (below !== bits || above !== bits + 1) wrong.push(`beside the tie above ${bits}`);
    }
    expect(wrong).toEqual([]);
  });

  test("any float64 goes where exact integer arithmetic sends it", () => {
    const patterns = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const anyFloat64 = patterns.map(
      (bits) => new Float64Array(new BigUint64Array([bits]).buffer)[0],
    );
    // Most float64 lie far outside the narrow range: also take those near it.
    const near = fc
      .tuple(fc.constantFrom(...finitePatterns), fc.double({ min: -2, max: 2, noNaN: true }))
      .map(([bits, factor]) => format.decode(bits) * factor);
    fc.assert(
      fc.property(fc.oneof(anyFloat64, near), (value) => {
        fc.pre(!Number.isNaN(value));
        expect(format.encode(value), String(value)).toBe(nearest(value, one));
      }),
      { numRuns: 5000 },
    );
  });

  test("overflow starts at half a unit above the largest finite number", () => {
    const largest = format.decode(infinity - 1);
    const halfUnit = (largest - format.decode(infinity - 2)) / 2;
    expect(format.encode(largest + halfUnit)).toBe(infinity);
    expect(format.encode(-(largest + halfUnit))).toBe(0x8000 | infinity);
    expect(format.encode((largest + halfUnit) * (1 - Number.EPSILON))).toBe(infinity - 1);
    expect(format.encode(Number.MAX_VALUE)).toBe(infinity);
    expect(format.encode(Number.NEGATIVE_INFINITY)).toBe(0x8000 | infinity);
  });

  test("zero keeps its sign, and so does what vanishes", () => {
    expect(format.encode(0)).toBe(0);
    expect(format.encode(-0)).toBe(0x8000);
    expect(Object.is(format.decode(0x8000), -0)).toBe(true);
    expect(format.encode(Number.MIN_VALUE)).toBe(0);
    expect(format.encode(-Number.MIN_VALUE)).toBe(0x8000);
  });

  test("half the smallest subnormal is a tie to zero, and anything above is the subnormal", () => {
    const smallest = format.decode(1);
    expect(format.encode(smallest / 2)).toBe(0);
    expect(format.encode((smallest / 2) * (1 + Number.EPSILON))).toBe(1);
    expect(format.encode(smallest * 1.5)).toBe(2);
  });
});

test("known values: 65504 is the largest float16, 1/3 rounds down in float16 and up in bfloat16", () => {
  expect(float16.decode(0x7bff)).toBe(65504);
  expect(float16.encode(65520)).toBe(0x7c00);
  expect(float16.decode(1)).toBe(2 ** -24);
  expect(float16.encode(1 / 3)).toBe(0x3555);
  expect(bfloat16.encode(1 / 3)).toBe(0x3eab);
  expect(bfloat16.decode(0x7f7f)).toBe(3.3895313892515355e38);
  expect(bfloat16.decode(1)).toBe(2 ** -133);
});

test("rounds once: a float64 that float32 would first move onto a tie", () => {
  // 1 + 2^-11 is a float16 tie; 2^-30 above it is gone in float32, which would then round to even.
  expect(float16.encode(1 + 2 ** -11 + 2 ** -30)).toBe(0x3c01);
  expect(bfloat16.encode(1 + 2 ** -8 + 2 ** -30)).toBe(0x3f81);
});
