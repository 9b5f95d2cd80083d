import {
  bfloat16,
  float16,
  type Handler,
  type NarrowFloat,
  openHandler,
  preStageSpatial,
  type TensorFormat,
  type TensorSpec,
} from "@batchnorm/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wasm } from "../src/index.ts";

// 16-bit elements on their way through the kernels. With running mean 0 and variance 1, epsilon 0
// and bias −0 inference is y = x · scale, and its backward dx = dy · scale: exact in float32 for the
// scales here, so that only the store rounds.

let handler: Handler;

beforeAll(async () => {
  handler = await openHandler(wasm({ threads: 1 }));
});

afterAll(() => handler.dispose());

const ALL_BITS = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

const formats = [
  ["float16", float16],
  ["bfloat16", bfloat16],
] as const;

/** Ways through the kernels: planes, and rows of one column, of a few, and of whole vectors. */
const layouts: readonly (readonly [string, TensorFormat, (length: number) => number[]])[] = [
  ["one plane", "NCHW", (length) => [1, 1, length]],
  ["planes of 1021", "NCHW", (length) => [Math.ceil(length / 1021), 1, 1021]],
  ["rows of 1", "NHWC", (length) => [length, 1]],
  ["rows of 3", "NHWC", (length) => [Math.ceil(length / 3), 3]],
  ["rows of 4", "NHWC", (length) => [Math.ceil(length / 4), 4]],
  ["rows of 23", "NHWC", (length) => [Math.ceil(length / 23), 23]],
  ["rows of 1000", "NHWC", (length) => [Math.ceil(length / 1000), 1000]],
];

type NarrowType = "float16" | "bfloat16";

/** bits · scale by the forward and by the backward with fixed statistics. */
async function scaled(
  dataType: NarrowType,
  format: TensorFormat,
  dims: readonly number[],
  bits: Uint16Array,
  scaleBy: number,
): Promise<{ readonly y: Uint16Array; readonly dx: Uint16Array }> {
  const spec: TensorSpec<NarrowType> = { dataType, format, dims };
  const count = dims.reduce((product, dim) => product * dim, 1);
  const padded = new Uint16Array(count);
  padded.set(bits);
  const ops = preStageSpatial(handler);
  ops.stage(spec);
  const parameter = (value: number) =>
    handler.createTensor(
      ops.scaleBiasDescriptor,
      new Float32Array(ops.scaleBiasDescriptor.elementCount).fill(value),
    );
  const [scale, bias, dScale, dBias] = [scaleBy, -0, 0, 0].map(parameter);
  const [x, y, dx] = [padded, undefined, undefined].map((values) =>
    handler.createTensor(spec, values),
  );
  ops.forwardInference({ x, y, scale, bias, epsilon: 0 });
  ops.backwardInference({ x, dy: x, dx, scale, dScale, dBias, epsilon: 0 });
  const results = [y, dx].map((tensor) => (tensor.data as Uint16Array).slice(0, bits.length));
  for (const tensor of [x, y, dx, scale, bias, dScale, dBias]) tensor.dispose();
  ops.dispose();
  return { y: results[0], dx: results[1] };
}

/** One line for each result that differs from what core's own conversion says; 0 and NaN have any sign. */
function mistakes(
  { decode, encode }: NarrowFloat,
  input: Uint16Array,
  scaleBy: number,
  actual: Uint16Array,
): string[] {
  const isZero = (bits: number) => (bits & 0x7fff) === 0;
  const found: string[] = [];
  for (let i = 0; i < input.length; i++) {
    const expected = encode(decode(input[i]) * scaleBy);
    if (actual[i] === expected || (isZero(actual[i]) && isZero(expected))) continue;
    if (Number.isNaN(decode(actual[i])) && Number.isNaN(decode(expected))) continue;
    const [from, to, wanted] = [input[i], actual[i], expected].map((bits) => bits.toString(16));
    found.push(`${from} · ${scaleBy} = ${to}, not ${wanted}`);
  }
  return found;
}

const firstOf = (found: readonly string[]) => ({ count: found.length, first: found.slice(0, 5) });
const none = firstOf([]);

describe.each(formats)("%s", (dataType, format) => {
  describe.each(layouts)("in %s", (_, tensorFormat, dimsOf) => {
    const dims = dimsOf(ALL_BITS.length);

    test("every pattern is loaded and stored exactly, NaN as a NaN", async () => {
      const { y, dx } = await scaled(dataType, tensorFormat, dims, ALL_BITS, 1);
      expect(firstOf(mistakes(format, ALL_BITS, 1, y))).toEqual(none);
      expect(firstOf(mistakes(format, ALL_BITS, 1, dx))).toEqual(none);
    });

    test("a NaN whose lower half would round it away stays a NaN", async () => {
      const [payload] = new Float32Array(Uint32Array.of(0x7fff_ffff).buffer);
      const { y, dx } = await scaled(dataType, tensorFormat, dims, ALL_BITS, payload);
      for (const bits of [...y, ...dx]) expect(format.decode(bits)).toBeNaN();
    });

    // Halves are midpoints of two neighbours; the rest lies close beside them, in all sizes down
    // to subnormal numbers and up to overflow.
    const scales = [1.5, -1.75, 1 + 2 ** -11, 1 - 2 ** -12, 2 ** -7, 1.5 * 2 ** -9, -16, 2 ** 111];

    test.each(scales)("every pattern · %f is rounded once, to nearest even", async (scale) => {
      const { y, dx } = await scaled(dataType, tensorFormat, dims, ALL_BITS, scale);
      expect(firstOf(mistakes(format, ALL_BITS, scale, y))).toEqual(none);
      expect(firstOf(mistakes(format, ALL_BITS, scale, dx))).toEqual(none);
    });
  });

  // Odd fractions (midpoints after · 1.5), the largest, the smallest, and what is not a number.
  const edges = [0x0001, 0x0003, 0x03ff, 0x0401, 0x3c01, 0x3c03, 0x3f81, 0x7bff, 0x7c00, 0x7c01];
  const signed = [...edges, 0x7f7f, 0x7f80, 0x7f81].flatMap((bits) => [bits, bits | 0x8000]);

  test.each([
    ["planes", "NCHW", (length: number) => [1, 1, length]],
    ["three planes", "NCHW", (length: number) => [3, 1, length]],
    ["rows", "NHWC", (length: number) => [1, length]],
    ["three rows", "NHWC", (length: number) => [3, length]],
  ] as const)(
    "%s of 1 to 19 values are rounded alike at every place",
    async (_, layout, dimsOf) => {
      for (let length = 1; length <= 19; length++) {
        const dims = dimsOf(length);
        const count = dims.reduce((product: number, dim) => product * dim, 1);
        for (let shift = 0; shift < signed.length; shift++) {
          const bits = Uint16Array.from(
            { length: count },
            (__, i) => signed[(i + shift) % signed.length],
          );
          const { y, dx } = await scaled(dataType, layout, dims, bits, 1.5);
          expect(mistakes(format, bits, 1.5, y), `y of ${dims}`).toEqual([]);
          expect(mistakes(format, bits, 1.5, dx), `dx of ${dims}`).toEqual([]);
        }
      }
    },
  );
});
