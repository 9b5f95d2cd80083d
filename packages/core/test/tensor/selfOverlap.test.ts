import fc from "fast-check";
import { expect, test } from "vitest";
import { hasSelfOverlap } from "../../src/tensor/selfOverlap.ts";
import { createTensorDescriptor } from "../../src/tensor/tensorDescriptor.ts";
import { anyDescriptor, naiveOffsets } from "../support/descriptors.ts";

test("property: true exactly where two indices share a place", () => {
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      const offsets = naiveOffsets(descriptor);
      expect(hasSelfOverlap(descriptor)).toBe(new Set(offsets).size < offsets.length);
    }),
    { numRuns: 1000 },
  );
});

test("strides that interleave without meeting do not overlap", () => {
  // Offsets 0 3 6 and 0 2: not nested, and yet 0 3 6 2 5 8 are six places.
  const spec = { dataType: "float32", format: "NCHW", dims: [3, 2] } as const;
  expect(hasSelfOverlap(createTensorDescriptor({ ...spec, strides: [3, 2] }))).toBe(false);
  expect(hasSelfOverlap(createTensorDescriptor({ ...spec, strides: [1, 2] }))).toBe(true);
});

test("nested strides of a huge tensor are decided without walking it", () => {
  const dims = [2 ** 20, 2 ** 10, 2 ** 10];
  const strides = [2 ** 21, 2 ** 11, 2];
  const huge = createTensorDescriptor({ dataType: "float32", format: "NCHW", dims, strides });
  expect(hasSelfOverlap(huge)).toBe(false);
});

test("more elements than places overlap, and are not walked either", () => {
  const dims = [2 ** 17, 2 ** 17, 2 ** 17];
  const strides = [1, 1, 1];
  const huge = createTensorDescriptor({ dataType: "float16", format: "NCHW", dims, strides });
  expect(huge.storageLength).toBeLessThan(2 ** 20);
  expect(hasSelfOverlap(huge)).toBe(true);
});
