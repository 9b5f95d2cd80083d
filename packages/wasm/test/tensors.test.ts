import { isBatchNormError, openHandler, preStageSpatial, type TensorSpec } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { wasm } from "../src/index.ts";
import { sameBits } from "./support/bits.ts";
import { createLayer } from "./support/layer.ts";
import { inline, openRig } from "./support/rig.ts";

const small = { dataType: "float32", format: "NCHW", dims: [2, 3, 4, 4] } as const;
const large = { dataType: "float32", format: "NCHW", dims: [1, 1 << 20] } as const;

function trainOnce(layer: ReturnType<typeof createLayer>): void {
  const { ops, x, y, dy, dx, scale, bias, dScale, dBias } = layer;
  ops.forwardTraining({ x, y, scale, bias, averagingFactor: 0.1 });
  ops.backward({ x, dy, dx, scale, dScale, dBias });
}

describe("disposing", () => {
  test("returns all memory of tensors, ops and saved statistics", async () => {
    const { handler, heap } = await openRig();
    const warm = createLayer(handler, { spec: small });
    trainOnce(warm);
    warm.dispose();
    const before = heap.used;
    const layer = createLayer(handler, { spec: small });
    const saved = layer.ops.createSaved();
    trainOnce(layer);
    await layer.x.write(await layer.y.read());
    expect(heap.used).toBeGreaterThan(before);
    saved.dispose();
    layer.dispose();
    expect(heap.used).toBe(before);
    handler.dispose();
  });

  test("frees what a failed creation took", async () => {
    const { handler, heap } = await openRig();
    const before = heap.used;
    expect(() => handler.createTensor(small, [1, 2, 3])).toThrow(
      expect.objectContaining({ code: "LENGTH_MISMATCH" }),
    );
    expect(heap.used).toBe(before);
    handler.dispose();
  });

  test("10,000 tensors one after the other take the memory of one", async () => {
    const handler = await openHandler(wasm());
    const first = handler.createTensor(large);
    const { buffer } = first.data;
    const { byteOffset } = first.data;
    first.dispose();
    for (let i = 0; i < 10_000; i++) {
      const tensor = handler.createTensor(small);
      if (tensor.data.buffer !== buffer) throw new Error(`grown after ${i} tensors`);
      tensor.dispose();
    }
    const last = handler.createTensor(large);
    expect(last.data.buffer).toBe(buffer);
    expect(last.data.byteOffset).toBe(byteOffset);
    handler.dispose();
  });

  test("twice, and after the handler, does nothing", async () => {
    const { handler, heap } = await openRig();
    const [a, b] = [handler.createTensor(small), handler.createTensor(small)];
    a.dispose();
    const { used } = heap;
    a.dispose();
    expect(heap.used).toBe(used);
    handler.dispose();
    b.dispose();
  });
});

describe.each([
  ["shared", true],
  ["plain", false],
] as const)("tensor.data in %s memory", (_, shared) => {
  test("is the memory the kernels work on, not a copy", async () => {
    const { handler } = await openRig(inline, { shared });
    const layer = createLayer(handler, { spec: small });
    const { ops, x, y, scale, bias } = layer;
    x.data.fill(3);
    scale.data.fill(2);
    bias.data.fill(7);
    ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1 });
    expect([...y.data]).toEqual(new Array(96).fill(7));
    expect([...ops.runningMean.data]).toEqual([3, 3, 3]);
    expect(x.data.buffer).toBe(y.data.buffer);
    handler.dispose();
  });

  test("is the same object until the memory grows, then another with the same values", async () => {
    const { handler } = await openRig(inline, { shared });
    const tensor = handler.createTensor(small);
    tensor.data.forEach((_value, i, all) => {
      all[i] = i;
    });
    const old = tensor.data;
    expect(tensor.data).toBe(old);
    const values = [...old];
    const bigger = handler.createTensor(large);
    expect(tensor.data === old).toBe(false);
    expect(tensor.data).toBe(tensor.data);
    expect(tensor.data.buffer).toBe(bigger.data.buffer);
    expect([...tensor.data]).toEqual(values);
    expect(await tensor.read()).toEqual(Float32Array.from(values));
    // What is kept of a plain memory is empty, so nobody goes on with stale values.
    expect(old).toHaveLength(shared ? 96 : 0);
    handler.dispose();
  });

  test("calls go on after growth", async () => {
    const { handler } = await openRig(inline, { shared });
    const layer = createLayer(handler, { spec: small });
    trainOnce(layer);
    const before = await layer.dx.read();
    handler.createTensor(large);
    trainOnce(layer);
    expect(await layer.dx.read()).toEqual(before);
    handler.dispose();
  });

  test.each([
    ["float32", Float32Array],
    ["float64", Float64Array],
    ["float16", Uint16Array],
    ["bfloat16", Uint16Array],
  ] as const)("of %s is an aligned %o", async (dataType, kind) => {
    const { handler } = await openRig(inline, { shared });
    const tensor = handler.createTensor({ ...small, dataType });
    expect(tensor.data).toBeInstanceOf(kind);
    expect(tensor.data).toHaveLength(96);
    expect(tensor.data.byteOffset % 64).toBe(0);
    handler.dispose();
  });
});

test("tensor.data is refused after dispose", async () => {
  const handler = await openHandler(wasm({ threads: 1 }));
  const [a, b] = [handler.createTensor(small), handler.createTensor(small)];
  a.dispose();
  expect(() => a.data).toThrow(expect.objectContaining({ code: "DISPOSED" }));
  handler.dispose();
  expect(() => b.data).toThrow(expect.objectContaining({ code: "DISPOSED" }));
});

describe("beyond 32-bit addresses", () => {
  const gibibytes = (count: number): TensorSpec => ({
    dataType: "float32",
    format: "NCHW",
    dims: [1, count * (1 << 28)],
  });

  test("a tensor of 5 GiB is OUT_OF_MEMORY that says why, and the handler goes on", async () => {
    const handler = await openHandler(wasm());
    let caught: unknown;
    try {
      handler.createTensor(gibibytes(5));
    } catch (error) {
      caught = error;
    }
    expect(isBatchNormError(caught, "OUT_OF_MEMORY"), String(caught)).toBe(true);
    const { message, details } = caught as Error & { details: object };
    expect(message).toMatch(/32-bit.*4294967296/);
    expect(details).toMatchObject({ asked: 5 * 2 ** 30, limit: 2 ** 32 });
    const layer = createLayer(handler, { spec: small });
    trainOnce(layer);
    expect((await layer.y.read()).every(Number.isFinite)).toBe(true);
    handler.dispose();
  });

  test("an ops for too many channels is refused as a whole", async () => {
    const { handler, heap } = await openRig();
    const ops = preStageSpatial(handler);
    handler.createTensor({ ...gibibytes(1), dims: [1, 2 ** 30 - 2 ** 22] });
    const before = heap.used;
    expect(() => ops.stage({ ...small, dims: [1, 2 ** 21] })).toThrow(
      expect.objectContaining({ code: "OUT_OF_MEMORY" }),
    );
    expect(heap.used).toBe(before);
    expect(() => ops.runningMean).toThrow(expect.objectContaining({ code: "NOT_STAGED" }));
    ops.stage(small);
    expect(ops.scaleBiasDescriptor.dims).toEqual([1, 3, 1, 1]);
    handler.dispose();
  });

  test("tensors beyond the first 3 GiB work as any other", async () => {
    const handler = await openHandler(wasm({ threads: 2 }));
    const spec = { dataType: "float32", format: "NCHW", dims: [16, 5, 30, 31] } as const;
    const low = createLayer(handler, { spec });
    trainOnce(low);
    // Fresh memory is zero already: nothing of it is touched.
    handler.createTensor(gibibytes(3));
    const high = createLayer(handler, { spec });
    expect(high.x.data.byteOffset).toBeGreaterThan(3 * 2 ** 30);
    trainOnce(high);
    for (const name of ["y", "dx", "dScale", "dBias"] as const) {
      expect(sameBits(await high[name].read(), await low[name].read()), name).toBe(true);
    }
    expect(() => handler.createTensor(gibibytes(2))).toThrow(
      expect.objectContaining({ code: "OUT_OF_MEMORY" }),
    );
    handler.dispose();
  });
});
