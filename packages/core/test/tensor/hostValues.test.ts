import { beforeEach, describe, expect, test } from "vitest";
import type { Handler } from "../../src/handler/handler.ts";
import type { HostValues } from "../../src/tensor/hostValues.ts";
import { bfloat16, float16 } from "../../src/vocabulary/narrowFloat.ts";
import { expectRefusal, rejectionOf } from "../support/errors.ts";
import { type FakeDevice, openFake } from "../support/fakeDevice.ts";

let handler: Handler;
let device: FakeDevice;

beforeEach(async () => {
  ({ handler, device } = await openFake());
});

type Kind = "float32" | "float64" | "float16" | "bfloat16";
const spec = (dataType: Kind, count: number) =>
  ({ dataType, format: "NCHW", dims: [1, count] }) as const;
const create = (dataType: Kind, values: unknown, count = 3) =>
  handler.createTensor(spec(dataType, count), values as HostValues);

/** Numbers that each type rounds in its own way: 1/3, a float32 tie, −0, NaN, overflow. */
const numbers = [1 / 3, 1 + 2 ** -24, -0, Number.NaN, 1e300, 65520];
const encoded = {
  float32: Float32Array.from(numbers),
  float64: Float64Array.from(numbers),
  float16: Uint16Array.from(numbers, float16.encode),
  bfloat16: Uint16Array.from(numbers, bfloat16.encode),
};

describe.each(["float32", "float64", "float16", "bfloat16"] as const)("%s", (dataType) => {
  const expected = encoded[dataType];
  const count = numbers.length;

  test.each([
    ["number[]", numbers],
    ["Float64Array", Float64Array.from(numbers)],
  ])("takes %s and rounds to nearest even, in createTensor and write alike", async (_, values) => {
    expect(await create(dataType, values, count).read()).toEqual(expected);
    const tensor = handler.createTensor(spec(dataType, count));
    await tensor.write(values);
    expect(await tensor.read()).toEqual(expected);
  });

  test("takes a Float32Array at the value of its elements", async () => {
    const values = Float32Array.from(numbers);
    const same = await create(dataType, [...values], count).read();
    expect(await create(dataType, values, count).read()).toEqual(same);
  });

  test("is zero-filled without values", async () => {
    const zeros = await handler.createTensor(spec(dataType, 3)).read();
    expect([...zeros]).toEqual([0, 0, 0]);
  });

  test("is copied at once: what happens to the array later does not matter", async () => {
    const values = expected.slice();
    const tensor = create(dataType, values, count);
    values.fill(7);
    expect(await tensor.read()).toEqual(expected);
  });

  test("takes a frozen array and leaves the caller's as it is", async () => {
    const values = Object.freeze([1, 2, 3]);
    create(dataType, values);
    expect(values).toEqual([1, 2, 3]);
  });

  test.each([
    ["a string", "123"],
    ["null", null],
    ["a number", 3],
    ["an object", { length: 3, 0: 1, 1: 2, 2: 3 }],
    ["an ArrayBuffer", new ArrayBuffer(12)],
    ["a DataView", new DataView(new ArrayBuffer(12))],
    ["an Int8Array", new Int8Array(3)],
    ["an Int32Array", new Int32Array(3)],
    ["a Uint8ClampedArray", new Uint8ClampedArray(3)],
    ["an Int16Array", new Int16Array(3)],
    ["a BigInt64Array", new BigInt64Array(3)],
    ["a Set", new Set([1, 2, 3])],
    ["a function", () => [1, 2, 3]],
  ])("refuses %s, in createTensor and write alike", async (_, values) => {
    const before = device.live.length;
    expectRefusal(() => create(dataType, values), "DATA_TYPE_MISMATCH", "values");
    expect(device.live).toHaveLength(before);
    const tensor = create(dataType, [1, 2, 3]);
    const error = await rejectionOf(tensor.write(values as unknown as HostValues));
    expect(error.code).toBe("DATA_TYPE_MISMATCH");
    expect(error.message).toMatch(/^Tensor\.write: values: expected .*, received /);
  });

  test.each([
    ["a string", [1, "2", 3], 1],
    ["null", [1, 2, null], 2],
    ["undefined", [undefined, 2, 3], 0],
    ["a bigint", [1, 2n, 3], 1],
    ["a boolean", [1, 2, true], 2],
    ["an array", [1, [2], 3], 1],
    ["a Number object", [1, new Number(2), 3], 1],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what this case is about
    ["a hole", [1, , 3], 1],
  ])("refuses %s among the numbers, naming its place", (_, values, place) => {
    expectRefusal(() => create(dataType, values), "INVALID_ARGUMENT", `values[${place}]`);
  });

  test.each([[[1, 2]], [[1, 2, 3, 4]], [[]], [new Float32Array(4)], [new Float64Array(0)]])(
    "refuses another length than the storage: %o",
    (values) => {
      expectRefusal(() => create(dataType, values), "LENGTH_MISMATCH", "values");
    },
  );

  test("counts the gaps of strides as values", async () => {
    const strided = { dataType, format: "NCHW", dims: [2, 2], strides: [3, 1] } as const;
    const gappy = handler.createTensor(strided, [1, 2, 9, 3, 4]);
    expect(await gappy.read({ as: "float64" })).toEqual(Float64Array.of(1, 2, 9, 3, 4));
    const logical = () => handler.createTensor(strided, [1, 2, 3, 4]);
    expectRefusal(logical, "LENGTH_MISMATCH", "values");
  });

  test("takes nothing for an empty tensor", async () => {
    const empty = handler.createTensor({ dataType, format: "NCHW", dims: [0, 3] }, []);
    expect(await empty.read()).toHaveLength(0);
  });
});

describe("Uint16Array", () => {
  test.each(["float16", "bfloat16"] as const)("is bits for %s, kept one by one", async (type) => {
    const bits = Uint16Array.of(0x7e01, 0xffff, 0x8000); // two NaN payloads and −0
    expect(await create(type, bits).read()).toEqual(bits);
  });

  test.each(["float32", "float64"] as const)("is refused for %s", (type) => {
    expectRefusal(() => create(type, new Uint16Array(3)), "DATA_TYPE_MISMATCH", "values");
  });
});

describe("arrays over other memory", () => {
  test.each([
    ["float32", Float32Array],
    ["float64", Float64Array],
    ["float16", Uint16Array],
  ] as const)("%s from a SharedArrayBuffer", async (type, kind) => {
    const buffer: ArrayBufferLike = new SharedArrayBuffer(3 * kind.BYTES_PER_ELEMENT);
    const values = new kind(buffer as unknown as ArrayBuffer);
    values.set([1, 2, 3]);
    expect([...(await create(type, values).read())]).toEqual([1, 2, 3]);
    const tensor = handler.createTensor(spec(type, 3));
    await tensor.write(values);
    expect([...(await tensor.read())]).toEqual([1, 2, 3]);
  });

  test("a view with an offset gives its own elements, not the buffer's", async () => {
    const whole = Float32Array.of(9, 9, 1, 2, 3, 9);
    const view = whole.subarray(2, 5);
    expect(await create("float32", view).read()).toEqual(Float32Array.of(1, 2, 3));
    expect(await create("float64", view).read()).toEqual(Float64Array.of(1, 2, 3));
    const tensor = handler.createTensor(spec("float32", 3));
    await tensor.write(view);
    expect(await tensor.read()).toEqual(Float32Array.of(1, 2, 3));
  });

  test("subclasses of the kinds are such kinds", async () => {
    class Named extends Float32Array {}
    expect(await create("float32", Named.of(1, 2, 3)).read()).toEqual(Float32Array.of(1, 2, 3));
  });
});

describe("read({ as })", () => {
  test.each(["float16", "bfloat16"] as const)("decodes %s exactly", async (type) => {
    const format = type === "float16" ? float16 : bfloat16;
    const bits = Uint16Array.of(0x3555, 0x8001, 0x7c00, 0xfc00);
    const tensor = create(type, bits, 4);
    const expected = Array.from(bits, format.decode);
    expect(await tensor.read({ as: "float64" })).toEqual(Float64Array.from(expected));
    expect(await tensor.read({ as: "float32" })).toEqual(Float32Array.from(expected));
  });

  test("rounds float64 to float32, and widens float32", async () => {
    const double = create("float64", [1 / 3, 1e300, -0]);
    expect(await double.read({ as: "float32" })).toEqual(Float32Array.of(1 / 3, 1e300, -0));
    const single = create("float32", [1 / 3, 2, 3]);
    expect(await single.read({ as: "float64" })).toEqual(Float64Array.of(Math.fround(1 / 3), 2, 3));
  });

  test("of the same type, or left out, is the native array", async () => {
    const tensor = create("float32", [1, 2, 3]);
    expect(await tensor.read({ as: "float32" })).toEqual(Float32Array.of(1, 2, 3));
    expect(await tensor.read({} as { as: "float32" })).toEqual(Float32Array.of(1, 2, 3));
  });

  test("every read gives an array of its own", async () => {
    const tensor = create("float32", [1, 2, 3]);
    (await tensor.read()).fill(9);
    expect(await tensor.read()).toEqual(Float32Array.of(1, 2, 3));
  });

  test.each([["float16"], ["Float32"], [null], [1], [["float32"]]])(
    "refuses to convert to %j",
    async (as) => {
      const error = await rejectionOf(create("float32", [1, 2, 3]).read({ as: as as "float32" }));
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toContain('as: expected one of "float32", "float64"');
    },
  );

  test.each([
    ["as an unknown key", { As: "float32" }],
    ["null", null],
    ["a string", "float32"],
  ])("refuses options: %s", async (_, options) => {
    const read = create("float32", [1, 2, 3]).read(options as unknown as { as: "float32" });
    expect((await rejectionOf(read)).message).toMatch(/^Tensor\.read: options: /);
  });
});
