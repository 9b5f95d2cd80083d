import {
  type Handler,
  isBatchNormError,
  openHandler,
  preStageSpatial,
  type TensorSpec,
} from "@batchnorm/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cpu } from "../src/index.ts";

let handler: Handler;

beforeEach(async () => {
  handler = await openHandler(cpu());
});

/** Whatever was refused, the handler goes on. */
afterEach(async () => {
  const spec = { dataType: "float64", format: "NCHW", dims: [2, 1] } as const;
  const ops = preStageSpatial(handler);
  ops.stage(spec);
  const [x, y] = [handler.createTensor(spec, [1, 3]), handler.createTensor(spec)];
  const scale = handler.createTensor(ops.scaleBiasDescriptor, [1]);
  const bias = handler.createTensor(ops.scaleBiasDescriptor, [0]);
  ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1, epsilon: 0 });
  expect(await y.read()).toEqual(Float64Array.of(-1, 1));
  expect(await ops.runningMean.read()).toEqual(Float64Array.of(2));
});

// 2^50 bytes are more than the address space of today's processors, so no overcommitting system
// can promise them.
const absurd = (dataType: "float64" | "float16"): TensorSpec => ({
  dataType,
  format: "NCHW",
  dims: dataType === "float64" ? [2, 2 ** 46] : [2, 2 ** 48],
});

test.each(["float64", "float16"] as const)("a tensor of 2^50 bytes of %s", (dataType) => {
  const create = () => handler.createTensor(absurd(dataType));
  expect(create).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
  expect(create).toThrow("1125899906842624 bytes");
  const details = expect.objectContaining({ byteLength: 2 ** 50 });
  expect(create).toThrow(expect.objectContaining({ details }));
});

test.each([
  ["statistics for 2^46 channels", absurd("float64")],
  ["a workspace for 2^47 values", { ...absurd("float64"), dims: [2 ** 44, 1, 8] }],
  [
    // Few bytes in memory, and yet 2^51 elements.
    "a walk over strides that fold 2^51 elements together",
    { dataType: "float16", format: "NCHW", dims: [2 ** 17, 2 ** 17, 2 ** 17], strides: [1, 1, 1] },
  ],
] as const)("staging with %s", (_, spec) => {
  const ops = preStageSpatial(handler);
  let caught: unknown;
  try {
    ops.stage(spec);
  } catch (error) {
    caught = error;
  }
  expect(isBatchNormError(caught, "OUT_OF_MEMORY"), String(caught)).toBe(true);
  expect(() => ops.runningMean).toThrow(expect.objectContaining({ code: "NOT_STAGED" }));
});
