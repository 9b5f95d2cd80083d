import fc from "fast-check";
import { expect, test } from "vitest";
import { packedStrides, storageLengthOf, storageOrder } from "../../src/tensor/strides.ts";
import { TENSOR_FORMATS } from "../../src/vocabulary/tensorFormat.ts";
import { anyDims } from "../support/descriptors.ts";

const anyFormat = fc.constantFrom(...TENSOR_FORMATS);

test("storage order: channels second, or last", () => {
  expect(storageOrder(5, "NCHW")).toEqual([0, 1, 2, 3, 4]);
  expect(storageOrder(5, "NHWC")).toEqual([0, 2, 3, 4, 1]);
  expect(storageOrder(2, "NHWC")).toEqual([0, 1]);
});

test("property: walking in storage order meets 0, 1, 2… without a gap", () => {
  fc.assert(
    fc.property(anyDims, anyFormat, (dims, format) => {
      const strides = packedStrides(dims, format);
      let places = [0];
      for (const axis of storageOrder(dims.length, format)) {
        const steps = Array.from({ length: dims[axis] }, (_, index) => index * strides[axis]);
        places = places.flatMap((place) => steps.map((step) => place + step));
      }
      expect(places).toEqual(places.map((_, index) => index));
      expect(storageLengthOf(dims, strides)).toBe(places.length);
    }),
  );
});

test("a dim of 0 counts as 1, so that strides stay positive", () => {
  expect(packedStrides([2, 3, 0, 5], "NCHW")).toEqual([15, 5, 5, 1]);
  expect(storageLengthOf([2, 3, 0, 5], [15, 5, 5, 1])).toBe(0);
});
