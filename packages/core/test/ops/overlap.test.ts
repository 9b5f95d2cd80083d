import { beforeEach, describe, expect, test } from "vitest";
import { errorOf } from "../support/errors.ts";
import { openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

let layer: ReturnType<typeof layerOn>;

beforeEach(async () => {
  const { handler } = await openFake();
  layer = layerOn(handler);
  layer.ops.forwardTraining(layer.training);
});

const data = () => layer.ops.handler.createTensor(layer.spec);
type Names = readonly [string, string];
type Call = "forwardTraining" | "forwardInference" | "backward" | "backwardInference";

/** A call in which the argument `first` is the same tensor as `second`. */
function callWith(call: Call, [first, second]: Names): () => void {
  const { ops, tensors } = layer;
  const all: Record<string, unknown> = { ...tensors, averagingFactor: 0.1, z: data(), dz: data() };
  all[first] = all[second];
  return () => ops[call](all as never);
}

const forwardPairs: Names[] = [
  ["y", "z"],
  ["z", "y"],
];
const backwardPairs: Names[] = [
  ["dx", "x"],
  ["dx", "y"],
  ["dx", "dz"],
  ["dz", "x"],
  ["dz", "dy"],
  ["dz", "y"],
  ["dScale", "scale"],
  ["dBias", "scale"],
  ["dBias", "bias"],
  ["dScale", "dBias"],
];

test.each([
  ...forwardPairs.flatMap((pair) => [
    ["forwardTraining", pair] as const,
    ["forwardInference", pair] as const,
  ]),
  ["forwardTraining", ["y", "x"]] as const,
  ...backwardPairs.flatMap((pair) => [
    ["backward", pair] as const,
    ["backwardInference", pair] as const,
  ]),
])("%s refuses %j as one tensor", (call, pair) => {
  const error = errorOf(callWith(call, pair));
  expect(error.code).toBe("OVERLAPPING_MEMORY");
  expect(pair).toContain(error.details.argument);
});

test.each([
  ["forwardInference", ["y", "x"]],
  ["forwardInference", ["z", "x"]],
  ["forwardTraining", ["z", "x"]],
  ["forwardTraining", ["scale", "bias"]],
  ["backward", ["dx", "dy"]],
  ["backwardInference", ["dx", "dy"]],
  ["backward", ["dy", "x"]],
  ["backward", ["y", "x"]],
] as const)("%s allows %j as one tensor", (call, pair) => {
  callWith(call, pair)();
});

test("a refused call leaves no trace: the same tensors pass when used rightly", () => {
  errorOf(callWith("backward", ["dz", "x"]));
  callWith("backward", ["dx", "dy"])();
  layer.ops.forwardTraining(layer.training);
});

describe("strides", () => {
  const spec = { dataType: "float32", format: "NCHW", dims: [3, 3], strides: [1, 1] } as const;

  test("that overlap are allowed for inputs only", async () => {
    const { handler } = await openFake();
    const { ops } = layerOn(handler);
    ops.reset();
    ops.stage(spec);
    const [x, y] = [handler.createTensor(spec), handler.createTensor(spec)];
    const [scale, bias] = [0, 1].map(() => handler.createTensor(ops.scaleBiasDescriptor));
    const error = errorOf(() => ops.forwardInference({ x, y, scale, bias }));
    expect(error.code).toBe("OVERLAPPING_MEMORY");
    expect(error.message).toContain("y: ");
    expect(error.message).toContain("strides that overlap within itself");
  });
});

test("statistics may be scale and bias of inference, which only reads them", () => {
  const { ops, inference } = layer;
  ops.forwardInference({ ...inference, scale: ops.runningMean, bias: ops.runningVariance });
});

test("statistics that a forwardTraining updates may not be its scale", () => {
  const { ops, training } = layer;
  const error = errorOf(() => ops.forwardTraining({ ...training, scale: ops.runningMean }));
  expect(error.code).toBe("OVERLAPPING_MEMORY");
  expect(error.details.argument).toBe("runningMean");
});
