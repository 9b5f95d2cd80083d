import {
  type BatchNormMode,
  createTensorDescriptor,
  type TensorDescriptor,
  type TensorSpec,
} from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { columnMapOf } from "../../src/fused/columnMap.ts";
import { divisorOf } from "../../src/fused/divisor.ts";
import { type Dim, elementDims, stridedTensor } from "../../src/fused/stridedDims.ts";

const spec = (dims: number[], more: Partial<TensorSpec> = {}) =>
  createTensorDescriptor({ dataType: "float32", format: "NCHW", dims, ...more } as TensorSpec);

const PACKED: readonly (readonly [string, TensorDescriptor])[] = [
  ["NCHW", spec([3, 5, 2, 7])],
  ["NHWC", spec([3, 5, 2, 7], { format: "NHWC" })],
  ["rows", spec([6, 4])],
  ["one channel", spec([3, 1, 4, 2])],
  ["1×1", spec([3, 5, 1, 1], { format: "NHWC" })],
  ["5-D NHWC", spec([2, 3, 2, 2, 3], { format: "NHWC" })],
  ["6-D", spec([2, 3, 2, 2, 3, 2])],
];
const PADDED: readonly (readonly [string, TensorDescriptor])[] = [
  ["padded rows", spec([3, 5, 2, 7], { strides: [100, 18, 9, 1] })],
  ["channels last, padded", spec([3, 5, 2, 7], { strides: [120, 1, 60, 8] })],
];
const MODES: readonly BatchNormMode[] = ["spatial", "perActivation"];

/** Every element: its offset, and its parameter in C-major order. */
function elementsOf({ dims, strides }: TensorDescriptor, mode: BatchNormMode) {
  const positions = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: count }, (_, index) => {
    let rest = index;
    let offset = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      offset += (rest % dims[axis]) * strides[axis];
      rest = Math.floor(rest / dims[axis]);
    }
    const channel = Math.floor(index / positions) % dims[1];
    const parameter = mode === "spatial" ? channel : channel * positions + (index % positions);
    return { offset, parameter };
  });
}

const byOffset = (a: { offset: number }, b: { offset: number }) => a.offset - b.offset;

/** Offsets in row-major order of the dims, as the kernels enumerate them. */
function offsetsOf(dims: readonly Dim[]): number[] {
  return dims.reduce(
    (offsets, { size, stride }) =>
      offsets.flatMap((offset) => Array.from({ length: size }, (_, i) => offset + i * stride)),
    [0],
  );
}

describe.each(MODES)("%s", (mode) => {
  test.each(PACKED)("a column's parameter is that of its elements: %s", (_, x) => {
    const map = columnMapOf(mode, x);
    if (map === null) throw new Error("it is packed");
    expect(map.rows * map.columns).toBe(x.elementCount);
    for (const { offset, parameter } of elementsOf(x, mode)) {
      const column = offset % map.columns;
      const found =
        Math.floor(column / map.group) * map.quotientStep +
        (column % map.group) * map.remainderStep;
      expect(found).toBe(parameter);
    }
  });

  test.each(PADDED)("tensors with gaps have no columns: %s", (_, x) => {
    expect(columnMapOf(mode, x)).toBeNull();
  });

  test.each([...PACKED, ...PADDED])("strides reach every element once: %s", (_, x) => {
    const { kept, reduced } = stridedTensor(mode, x);
    const values = offsetsOf(reduced);
    const found = offsetsOf(kept).flatMap((start, parameter) =>
      values.map((offset) => ({ offset: start + offset, parameter })),
    );
    expect(found.sort(byOffset)).toEqual(elementsOf(x, mode).sort(byOffset));
  });
});

test.each([...PACKED, ...PADDED])("all elements, whatever they belong to: %s", (_, x) => {
  const found = offsetsOf(elementDims(x)).sort((a, b) => a - b);
  expect(found).toEqual(
    elementsOf(x, "spatial")
      .map(({ offset }) => offset)
      .sort((a, b) => a - b),
  );
});

test("a division by multiplying is exact below 2^31", () => {
  const numbers = [0, 1, 2, 3, 7, 255, 256, 257, 12544, 65535, 1e9, 2 ** 30, 2 ** 31 - 1];
  for (const by of numbers.slice(1)) {
    const { magic, shift, divisor } = divisorOf(by);
    expect(divisor).toBe(by);
    expect(magic).toBeLessThan(2 ** 32);
    for (const near of numbers.flatMap((n) => [n, n * by - 1, n * by, n * by + 1])) {
      if (near < 0 || near >= 2 ** 31) continue;
      const high = Number((BigInt(near) * BigInt(magic)) >> 32n);
      expect(Math.floor((high + near) / 2 ** shift)).toBe(Math.floor(near / by));
    }
  }
});
