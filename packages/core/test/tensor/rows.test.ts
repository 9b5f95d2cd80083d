import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowsOf } from "../../src/tensor/rows.ts";
import { createTensorDescriptor } from "../../src/tensor/tensorDescriptor.ts";
import { anyDescriptor, naiveOffsets } from "../support/descriptors.ts";

test("property: rows visit every element, in logical order", () => {
  fc.assert(
    fc.property(anyDescriptor, (descriptor) => {
      const { starts, length, stride } = rowsOf(descriptor);
      const visited = [...starts].flatMap((start) =>
        Array.from({ length }, (_, index) => start + index * stride),
      );
      expect(visited).toEqual(naiveOffsets(descriptor));
    }),
    { numRuns: 500 },
  );
});

describe("how many rows", () => {
  const rowCount = (format: "NCHW" | "NHWC", dims: number[], strides?: number[]) =>
    rowsOf(createTensorDescriptor({ dataType: "float32", format, dims, strides })).starts.length;

  test("packed NCHW is one", () => {
    expect(rowCount("NCHW", [8, 16, 14, 14])).toBe(1);
  });

  test("NHWC has one for each n and c", () => {
    expect(rowCount("NHWC", [8, 16, 14, 14])).toBe(8 * 16);
  });

  test("padded rows stay apart", () => {
    expect(rowCount("NCHW", [2, 3, 4, 5], [96, 32, 8, 1])).toBe(2 * 3 * 4);
  });

  test("a gap between samples only splits the samples", () => {
    expect(rowCount("NCHW", [2, 3, 4, 5], [100, 20, 5, 1])).toBe(2);
  });

  test("dims of 1 do not split", () => {
    expect(rowCount("NCHW", [1, 3, 1, 5], [999, 5, 777, 1])).toBe(1);
  });
});
