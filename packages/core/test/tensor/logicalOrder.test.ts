import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logicalToStorage, storageToLogical } from "../../src/tensor/logicalOrder.ts";
import { hasSelfOverlap } from "../../src/tensor/selfOverlap.ts";
import { createTensorDescriptor } from "../../src/tensor/tensorDescriptor.ts";
import { anyDescriptor, naiveOffsets } from "../support/descriptors.ts";
import { expectRefusal } from "../support/errors.ts";

const counted = (length: number) => Float32Array.from({ length }, (_, index) => index + 1);

test("property: storageToLogical picks what the strides say", () => {
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      const storage = counted(descriptor.storageLength);
      const expected = naiveOffsets(descriptor).map((offset) => storage[offset]);
      expect([...storageToLogical(descriptor, storage)]).toEqual(expected);
    }),
  );
});

test("property: there and back is the same, and gaps are 0", () => {
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      fc.pre(!hasSelfOverlap(descriptor));
      const logical = counted(descriptor.elementCount);
      const storage = logicalToStorage(descriptor, logical);
      expect(storageToLogical(descriptor, storage)).toEqual(logical);
      expect(storage.length).toBe(descriptor.storageLength);
      const gaps = storage.filter((value) => value === 0).length;
      expect(gaps).toBe(descriptor.storageLength - descriptor.elementCount);
    }),
  );
});

describe("kinds and lengths", () => {
  const descriptor = createTensorDescriptor({
    dataType: "float32",
    format: "NHWC",
    dims: [1, 2, 1, 3],
    strides: [10, 1, 8, 2],
  });

  test("a small NHWC example, written out", () => {
    const rgb = Float64Array.of(1, 10, 2, 20, 3, 30);
    expect(storageToLogical(descriptor, rgb)).toEqual(Float64Array.of(1, 2, 3, 10, 20, 30));
    expect(logicalToStorage(descriptor, Float64Array.of(1, 2, 3, 10, 20, 30))).toEqual(rgb);
  });

  test.each([[Float32Array], [Float64Array], [Uint16Array]])(
    "the result is of the kind given: %o",
    (kind) => {
      expect(storageToLogical(descriptor, new kind(6))).toBeInstanceOf(kind);
      expect(logicalToStorage(descriptor, new kind(6))).toBeInstanceOf(kind);
    },
  );

  test.each([[5], [7], [0]])("%i values for 6 are refused", (length) => {
    const values = new Float32Array(length);
    const to = () => storageToLogical(descriptor, values);
    const from = () => logicalToStorage(descriptor, values);
    expectRefusal(to, "LENGTH_MISMATCH", "storage", `${length} values`);
    expectRefusal(from, "LENGTH_MISMATCH", "logical", `${length} values`);
  });
});
