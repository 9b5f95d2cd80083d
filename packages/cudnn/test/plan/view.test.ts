import { createTensorDescriptor, type TensorFormat } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { layoutOf } from "../../src/plan/layout.ts";
import { columnView, imageView, rowsView } from "../../src/plan/view.ts";

const describeTensor = (
  dims: readonly number[],
  format: TensorFormat = "NCHW",
  strides?: readonly number[],
) => createTensorDescriptor({ dataType: "float32", format, dims, strides });

describe("layouts", () => {
  test.each([
    ["rows", [5, 3], "NCHW", undefined],
    ["rows", [5, 3], "NHWC", undefined],
    ["rows", [5, 3, 1, 1], "NCHW", undefined],
    ["rows", [5, 3, 1, 1], "NHWC", [3, 1, 77, 5]],
    ["channelsFirst", [5, 3, 2, 4], "NCHW", undefined],
    ["channelsLast", [5, 3, 2, 4], "NHWC", undefined],
    ["channelsLast", [5, 3, 4], "NHWC", undefined],
    ["channelsFirst", [5, 1, 2, 4], "NHWC", undefined],
    ["channelsFirst", [1, 3, 2, 4], "NCHW", [9999, 8, 4, 1]],
    ["strided", [5, 3], "NCHW", [4, 1]],
    ["strided", [5, 3, 2, 4], "NCHW", [25, 8, 4, 1]],
    ["strided", [5, 3, 2, 4], "NHWC", [25, 1, 12, 3]],
    ["channelsFirst", [0, 3, 2, 4], "NCHW", undefined],
  ] as const)("%s: %j %s %j", (expected, dims, format, strides) => {
    expect(layoutOf(describeTensor(dims, format, strides))).toBe(expected);
  });
});

describe("images", () => {
  test.each([
    ["rank 2", [5, 3], "NCHW", [5, 3, 1, 1], [3, 1, 1, 1]],
    ["rank 3", [5, 3, 7], "NCHW", [5, 3, 7, 1], [21, 7, 1, 1]],
    ["rank 3 in NHWC", [5, 3, 7], "NHWC", [5, 3, 7, 1], [21, 1, 3, 3]],
    ["rank 4", [5, 3, 2, 4], "NCHW", [5, 3, 2, 4], [24, 8, 4, 1]],
    ["rank 4 in NHWC", [5, 3, 2, 4], "NHWC", [5, 3, 2, 4], [24, 1, 12, 3]],
    ["rank 5", [5, 3, 2, 4, 6], "NHWC", [5, 3, 2, 4, 6], [144, 1, 72, 18, 3]],
    ["rank 6", [2, 3, 2, 4, 1, 6], "NCHW", [2, 3, 48, 1], [144, 48, 1, 1]],
    ["rank 7 in NHWC", [2, 3, 2, 1, 4, 1, 6], "NHWC", [2, 3, 48, 1], [144, 1, 3, 3]],
  ] as const)("%s is seen as 4 or 5 dims of the same memory", (_, dims, format, seen, strides) => {
    const view = imageView("spatial", describeTensor(dims, format));
    expect(view).toEqual({
      dims: seen,
      strides,
      parameterDims: [1, dims[1], ...seen.slice(2).map(() => 1)],
      parameterStrides: [dims[1], ...seen.slice(1).map(() => 1)],
    });
  });

  test("per activation, parameters have the positions, C first", () => {
    const view = imageView("perActivation", describeTensor([5, 3, 2, 4], "NHWC"));
    expect(view.parameterDims).toEqual([1, 3, 2, 4]);
    expect(view.parameterStrides).toEqual([24, 8, 4, 1]);
  });

  test("padded strides are kept", () => {
    const padded = describeTensor([5, 3, 2, 4], "NCHW", [40, 13, 5, 1]);
    expect(imageView("spatial", padded).strides).toEqual([40, 13, 5, 1]);
  });

  test("an empty dim counts as 1, so that parameters have a descriptor", () => {
    expect(imageView("spatial", describeTensor([0, 3, 2, 4])).dims).toEqual([1, 3, 2, 4]);
  });

  test("what does not fit 32 bits is refused", () => {
    const far = describeTensor([2, 3, 1, 4], "NCHW", [2 ** 31, 4, 4, 1]);
    expect(() => imageView("spatial", far)).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringContaining("2^31") }),
    );
  });
});

test("per activation, all of an item are columns", () => {
  const x = describeTensor([5, 3, 2, 4]);
  expect(rowsView(x, "NHWC")).toEqual({
    dims: [5, 24, 1, 1],
    strides: [24, 1, 24, 24],
    parameterDims: [1, 24, 1, 1],
    parameterStrides: [24, 1, 1, 1],
  });
});

test("rows are images of one pixel, in either order", () => {
  const x = describeTensor([5, 3]);
  expect(rowsView(x, "NCHW")).toMatchObject({ dims: [5, 3, 1, 1], strides: [3, 1, 1, 1] });
  expect(rowsView(x, "NHWC")).toMatchObject({ dims: [5, 3, 1, 1], strides: [3, 1, 3, 3] });
});

test("rows and NHWC are one image of a single column", () => {
  const expected = { parameterDims: [1, 3, 1, 1] };
  expect(columnView(describeTensor([5, 3]))).toMatchObject({
    ...expected,
    dims: [1, 3, 5, 1],
    strides: [15, 1, 3, 3],
  });
  expect(columnView(describeTensor([5, 3, 2, 4], "NHWC"))).toMatchObject({
    ...expected,
    dims: [1, 3, 40, 1],
    strides: [120, 1, 3, 3],
  });
});

test("more than five dims with gaps are UNSUPPORTED, so that another engine may take them", () => {
  const dims = [2, 1, 1, 1, 1, 1];
  const x = createTensorDescriptor({
    dataType: "float32",
    format: "NCHW",
    dims,
    strides: [3, 2, 2, 2, 2, 1],
  });
  expect(() => imageView("spatial", x)).toThrow(/at most 5 dims/);
});
