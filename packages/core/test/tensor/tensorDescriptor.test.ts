import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createTensorDescriptor,
  describeDescriptor,
  isTensorDescriptor,
  sameLayout,
  type TensorSpec,
} from "../../src/tensor/tensorDescriptor.ts";
import { anyDescriptor, naiveOffsets } from "../support/descriptors.ts";
import { errorOf, expectRefusal } from "../support/errors.ts";

const valid = { dataType: "float32", format: "NCHW", dims: [2, 3, 4, 5] } as const;
const withChanges = (changes: object) => () =>
  createTensorDescriptor({ ...valid, ...changes } as TensorSpec);

describe("refuses", () => {
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["an array", []],
    ["a string", "float32"],
    ["a number", 7],
  ])("%s in place of a descriptor", (_, value) => {
    const create = () => createTensorDescriptor(value as unknown as TensorSpec);
    expectRefusal(create, "INVALID_ARGUMENT", "descriptor");
  });

  test.each([
    [undefined],
    [null],
    ["float"],
    ["FLOAT32"],
    ["int8"],
    ["toString"],
    [0],
    [["float32"]],
  ])("the data type %j", (dataType) => {
    expectRefusal(withChanges({ dataType }), "INVALID_ARGUMENT", "dataType");
  });

  test.each([[undefined], [null], ["nchw"], ["NCWH"], [0], [["NCHW"]]])(
    "the format %j",
    (format) => {
      expectRefusal(withChanges({ format }), "INVALID_ARGUMENT", "format");
    },
  );

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 4],
    ["a string", "2x3"],
    ["a typed array", new Int32Array([2, 3])],
    ["an array-like object", { 0: 2, 1: 3, length: 2 }],
    ["an empty array", []],
    ["a single dim", [3]],
  ])("%s as dims", (_, dims) => {
    expectRefusal(withChanges({ dims }), "INVALID_DESCRIPTOR", "dims");
  });

  test.each([
    ["C = 0", [2, 0, 4, 5], 1],
    ["a negative N", [-1, 3], 0],
    ["a fraction", [2, 3, 1.5], 2],
    ["NaN", [2, 3, Number.NaN], 2],
    ["Infinity", [Number.POSITIVE_INFINITY, 3], 0],
    ["a string", [2, "3"], 1],
    ["null", [null, 3], 0],
    ["a bigint", [2n, 3], 0],
    ["an unsafe integer", [2 ** 53, 3], 0],
    ["an array", [2, [3]], 1],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what this case is about
    ["a hole", [2, 3, , 5], 2],
    ["a hole at C", Object.assign(new Array(2), { 0: 2 }), 1],
  ])("dims with %s, naming the axis", (_, dims, axis) => {
    expectRefusal(withChanges({ dims }), "INVALID_DESCRIPTOR", `dims[${axis}]`);
  });

  test.each([
    ["null", null],
    ["too few", [60, 20, 5]],
    ["too many", [60, 20, 5, 1, 1]],
    ["a typed array", new Int32Array([60, 20, 5, 1])],
    ["a string", "60,20,5,1"],
  ])("%s as strides", (_, strides) => {
    expectRefusal(withChanges({ strides }), "INVALID_DESCRIPTOR", "strides");
  });

  test.each([
    ["0", 0],
    ["a negative one", -1],
    ["a fraction", 1.5],
    ["NaN", Number.NaN],
    ["a string", "1"],
    ["an unsafe integer", 2 ** 53],
  ])("a stride of %s, naming the axis", (_, stride) => {
    const strides = [60, 20, stride, 1];
    expectRefusal(withChanges({ strides }), "INVALID_DESCRIPTOR", "strides[2]");
  });

  test("more bytes than a number can count exactly", () => {
    const dims = [2 ** 26, 2 ** 26];
    expectRefusal(withChanges({ dims }), "INVALID_DESCRIPTOR", "dims");
    const strides = [2 ** 52, 20, 5, 1];
    expectRefusal(withChanges({ strides, dims: [3, 3, 4, 5] }), "INVALID_DESCRIPTOR", "strides");
    expect(withChanges({ dims: [2 ** 25, 2 ** 25] })().byteLength).toBe(2 ** 52);
  });

  test("under the name of the call the user made", () => {
    const create = () => createTensorDescriptor({ ...valid, dims: [1] }, "Handler.createTensor");
    expect(errorOf(create).message).toBe(
      "Handler.createTensor: dims: expected an array of at least 2 integers (N, C, spatial…), received [1]",
    );
  });
});

describe("the descriptor", () => {
  test.each([
    ["NCHW", [2, 3], [3, 1]],
    ["NHWC", [2, 3], [3, 1]],
    ["NCHW", [2, 3, 4], [12, 4, 1]],
    ["NHWC", [2, 3, 4], [12, 1, 3]],
    ["NCHW", [2, 3, 4, 5], [60, 20, 5, 1]],
    ["NHWC", [2, 3, 4, 5], [60, 1, 15, 3]],
    ["NCHW", [2, 3, 4, 5, 6], [360, 120, 30, 6, 1]],
    ["NHWC", [2, 3, 4, 5, 6], [360, 1, 90, 18, 3]],
    ["NCHW", [2, 3, 4, 5, 6, 7], [2520, 840, 210, 42, 7, 1]],
    ["NHWC", [2, 3, 4, 5, 6, 7], [2520, 1, 630, 126, 21, 3]],
  ] as const)("%s %j has the packed strides %j", (format, dims, strides) => {
    const descriptor = createTensorDescriptor({ dataType: "float16", format, dims });
    const count = dims.reduce((product: number, dim) => product * dim, 1);
    expect(descriptor.strides).toEqual(strides);
    expect(descriptor).toMatchObject({
      dims,
      packed: true,
      elementCount: count,
      storageLength: count,
      byteLength: 2 * count,
    });
  });

  test("knows gaps: storage runs from the first to the last element", () => {
    const descriptor = withChanges({ strides: [100, 30, 7, 1] })();
    expect(descriptor.packed).toBe(false);
    expect(descriptor.elementCount).toBe(120);
    expect(descriptor.storageLength).toBe(1 + 100 + 2 * 30 + 3 * 7 + 4);
    expect(describeDescriptor(descriptor)).toBe("float32 NCHW 2x3x4x5 strides 100,30,7,1");
  });

  test("of another order than its format is not packed", () => {
    expect(withChanges({ strides: [60, 1, 15, 3] })().packed).toBe(false);
    expect(withChanges({ format: "NHWC", strides: [60, 1, 15, 3] })().packed).toBe(true);
  });

  test("is frozen through and through, and keeps no hold of the caller's arrays", () => {
    const dims = [2, 3];
    const strides = [3, 1];
    const descriptor = withChanges({ dims, strides })();
    expect([descriptor, descriptor.dims, descriptor.strides].every(Object.isFrozen)).toBe(true);
    dims[0] = 9;
    strides[0] = 9;
    expect(descriptor.dims).toEqual([2, 3]);
    expect(descriptor.strides).toEqual([3, 1]);
  });

  test("made here is returned as it is; a copy is checked again and equal", () => {
    const descriptor = withChanges({})();
    expect(createTensorDescriptor(descriptor)).toBe(descriptor);
    const copy = createTensorDescriptor({ ...descriptor });
    expect(copy).not.toBe(descriptor);
    expect(copy).toEqual(descriptor);
    expect(isTensorDescriptor({ ...descriptor })).toBe(false);
    // What a forger adds counts for nothing: what follows from dims is computed anew.
    const forged = { ...descriptor, storageLength: 1, packed: false } as TensorSpec;
    expect(createTensorDescriptor(forged)).toEqual(descriptor);
  });

  test("has a key that is equal only for equal descriptors", () => {
    const variants = [
      {},
      { dataType: "float64" },
      { format: "NHWC" },
      { dims: [2, 3, 5, 4] },
      { dims: [23, 4, 5] },
      { strides: [60, 20, 5, 2] },
      { dims: [2, 3, 20] },
    ];
    const keys = variants.map((changes) => withChanges(changes)().key);
    expect(new Set(keys).size).toBe(variants.length);
    expect(withChanges({ strides: [60, 20, 5, 1] })().key).toBe(keys[0]);
  });

  test("property: counts and lengths follow from enumerating all indices", () => {
    fc.assert(
      fc.property(anyDescriptor, (descriptor) => {
        const offsets = naiveOffsets(descriptor);
        expect(descriptor.elementCount).toBe(offsets.length);
        expect(descriptor.storageLength).toBe(Math.max(-1, ...offsets) + 1);
        expect(descriptor.byteLength).toBe(4 * descriptor.storageLength);
      }),
    );
  });

  test("property: packed exactly where strides are those of the format", () => {
    fc.assert(
      fc.property(anyDescriptor, (descriptor) => {
        const { dataType, format, dims, strides } = descriptor;
        const packed = createTensorDescriptor({ dataType, format, dims });
        expect(descriptor.packed).toBe(strides.join() === packed.strides.join());
      }),
    );
  });
});

describe("an empty tensor", () => {
  test.each([[[0, 3]], [[0, 3, 4, 5]], [[2, 3, 0, 5]], [[0, 1, 0, 0]]])(
    "%j has no storage and strides of at least 1",
    (dims) => {
      const descriptor = withChanges({ dims })();
      expect(descriptor).toMatchObject({ elementCount: 0, storageLength: 0, byteLength: 0 });
      expect(descriptor.packed).toBe(true);
      expect(Math.min(...descriptor.strides)).toBeGreaterThanOrEqual(1);
    },
  );

  test.each([
    ["a count that is Infinity · 0", [...new Array<number>(24).fill(2 ** 52), 0]],
    ["packed strides past 2^53", [0, 2 ** 40, 2 ** 40]],
  ])("is refused with %s: nothing could count on it", (_, dims) => {
    expectRefusal(withChanges({ dims }), "INVALID_DESCRIPTOR", "dims");
  });
});

test("more elements than a number counts exactly are refused, even where strides fold them together", () => {
  const dims = [2 ** 20, 2 ** 20, 2 ** 20];
  expectRefusal(withChanges({ dims, strides: [1, 1, 1] }), "INVALID_DESCRIPTOR", "dims");
});

test("sameLayout compares data type, dims and strides, and not the name of the format", () => {
  const flat = withChanges({ dims: [2, 3] })();
  expect(sameLayout(flat, withChanges({ dims: [2, 3], format: "NHWC" })())).toBe(true);
  expect(sameLayout(flat, withChanges({ dims: [2, 3], dataType: "float64" })())).toBe(false);
  expect(sameLayout(flat, withChanges({ dims: [3, 2] })())).toBe(false);
  expect(sameLayout(flat, withChanges({ dims: [2, 3], strides: [4, 1] })())).toBe(false);
  expect(sameLayout(flat, withChanges({ dims: [2, 3, 1] })())).toBe(false);
});
