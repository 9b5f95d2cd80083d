import { describe, expect, test } from "vitest";
import { disposeSymbol } from "../../src/vocabulary/dispose.ts";
import { errorOf, rejectionOf } from "../support/errors.ts";
import { openFake } from "../support/fakeDevice.ts";

const spec = { dataType: "float32", format: "NCHW", dims: [2, 3] } as const;

describe("createTensor", () => {
  test("frees the memory again if it cannot be filled", async () => {
    const { handler, device } = await openFake();
    device.stepsUntilFailure = 1; // allocate passes, initialize fails
    const error = errorOf(() => handler.createTensor(spec, new Float32Array(6)));
    expect(error.code).toBe("OUT_OF_MEMORY");
    expect(device.memories.map(({ disposals }) => disposals)).toEqual([1]);
  });

  test("checks everything before it allocates", async () => {
    const { handler, device } = await openFake({ dataTypes: ["float32"], maxRank: 4 });
    for (const [bad, values] of [
      [{ ...spec, dims: [2] }, undefined],
      [{ ...spec, dataType: "float16" as const }, undefined],
      [{ ...spec, dims: [1, 2, 3, 1, 1] }, undefined],
      [spec, [1]],
      [spec, [1, 2, 3, 4, 5, "6" as unknown as number]],
    ] as const) {
      errorOf(() => handler.createTensor(bad, values));
    }
    expect(device.log).toEqual([]);
  });

  test.each([
    ["a data type", { dataTypes: ["float64"] as const }, "a data type of float64"],
    ["strides", { strides: "packed" as const }, "packed strides"],
    ["a rank", { maxRank: 3 }, "a rank of at most 3"],
  ])("refuses %s the backend does not declare", async (_, capabilities, expected) => {
    const { handler } = await openFake(capabilities);
    const odd = { ...spec, dims: [2, 3, 1, 1], strides: [9, 3, 1, 1] };
    const error = errorOf(() => handler.createTensor(odd));
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toContain(`expected ${expected} (as this backend declares)`);
    expect(error.message).toContain("received float32 NCHW 2x3x1x1 strides 9,3,1,1");
  });

  test("equal descriptors become one object, found by identity", async () => {
    const { handler } = await openFake();
    const first = handler.createTensor(spec);
    expect(handler.createTensor({ ...spec, dims: [2, 3] }).descriptor).toBe(first.descriptor);
    expect(handler.createTensor(first.descriptor).descriptor).toBe(first.descriptor);
    expect(handler.createTensor({ ...spec, format: "NHWC" }).descriptor).not.toBe(first.descriptor);
  });

  test("allows 0 bytes", async () => {
    const { handler, device } = await openFake();
    await handler.createTensor({ ...spec, dims: [0, 3] }).read();
    expect(device.memories[0].byteLength).toBe(0);
  });
});

describe("dispose", () => {
  test("frees once, however often it is called", async () => {
    const { handler, device } = await openFake();
    const tensor = handler.createTensor(spec);
    expect(tensor.disposed).toBe(false);
    tensor.dispose();
    tensor.dispose();
    tensor[disposeSymbol]();
    expect(tensor.disposed).toBe(true);
    expect(device.memories[0].disposals).toBe(1);
  });

  test("Symbol.dispose frees", async () => {
    const { handler, device } = await openFake();
    const tensor = handler.createTensor(spec);
    expect(disposeSymbol).toBe(Symbol.dispose ?? Symbol.for("Symbol.dispose"));
    tensor[disposeSymbol]();
    expect(device.live).toEqual([]);
  });

  test("makes read and write reject, before the device hears of it", async () => {
    const { handler, device } = await openFake();
    const tensor = handler.createTensor(spec);
    tensor.dispose();
    device.log.length = 0;
    for (const [call, promise] of [
      ["Tensor.read", tensor.read()],
      ["Tensor.write", tensor.write(new Float32Array(6))],
    ] as const) {
      const error = await rejectionOf(promise);
      expect(error.code).toBe("DISPOSED");
      expect(error.message).toBe(`${call}: the tensor was disposed`);
    }
    expect(device.log).toEqual([]);
  });
});

test("read and write take their place in the order of calls at once, not when awaited", async () => {
  const { handler, device } = await openFake();
  const tensor = handler.createTensor(spec);
  device.log.length = 0;
  const pending = [
    tensor.write([1, 2, 3, 4, 5, 6]),
    tensor.read(),
    tensor.write(new Array(6).fill(0)),
  ];
  expect(device.log).toEqual(["write", "read", "write"]);
  expect((await Promise.all(pending))[1]).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
});
