import { DATA_TYPES, isBatchNormError, openHandler } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { CpuMemory } from "../src/device/cpuMemory.ts";
import { cpu } from "../src/index.ts";

test("cpu() is a frozen backend that is available everywhere", async () => {
  const backend = cpu();
  expect(Object.isFrozen(backend)).toBe(true);
  expect(backend).toMatchObject({ specificationVersion: 1, name: "cpu" });
  expect(await backend.probe()).toMatchObject({ available: true });
});

test("declares that it takes everything", async () => {
  const handler = await openHandler(cpu());
  expect(handler.capabilities).toEqual({
    dataTypes: DATA_TYPES,
    strides: "arbitrary",
    maxRank: null,
    maxStridedRank: null,
    backwardInference: true,
    blendedResidual: ["float32", "float64", "float16", "bfloat16"],
    accuracy: "extendedMean",
    deterministic: true,
  });
  expect(Object.isFrozen(handler.capabilities)).toBe(true);
  expect(handler.deviceDescription.kind).toBe("cpu");
});

test("every device is its own", async () => {
  const [a, b] = [await openHandler(cpu()), await openHandler(cpu())];
  a.dispose();
  const spec = { dataType: "float32", format: "NCHW", dims: [1, 1] } as const;
  expect(await b.createTensor(spec, [3]).read()).toEqual(Float32Array.of(3));
  expect(() => a.createTensor(spec)).toThrow(expect.objectContaining({ code: "DISPOSED" }));
});

describe("CpuMemory", () => {
  test("is one buffer, seen as bytes and as elements", () => {
    const memory = new CpuMemory(8);
    expect(memory.byteLength).toBe(8);
    const elements = memory.elements("float32");
    elements[1] = 1;
    expect([...memory.bytes]).toEqual([0, 0, 0, 0, 0, 0, 128, 63]);
    expect(memory.elements("float32")).toBe(elements);
  });

  test("may be empty", () => {
    expect(new CpuMemory(0).elements("float64")).toHaveLength(0);
  });

  test("lets go of its buffer when disposed", () => {
    const memory = new CpuMemory(1024);
    memory.dispose();
    expect(memory.bytes).toHaveLength(0);
  });

  test("that cannot be had is OUT_OF_MEMORY, with the cause", () => {
    let caught: unknown;
    try {
      new CpuMemory(2 ** 50);
    } catch (error) {
      caught = error;
    }
    expect(isBatchNormError(caught, "OUT_OF_MEMORY")).toBe(true);
    expect((caught as Error).cause).toBeInstanceOf(RangeError);
  });
});
