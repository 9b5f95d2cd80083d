import { expect, test } from "vitest";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import { openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

test("calls plan once for each descriptor, allocate nothing, and reuse one record of each kind", async () => {
  const { handler, device } = await openFake();
  const { ops, training, inference, gradients } = layerOn(handler);
  const step = () => {
    ops.forwardTraining(training);
    ops.backward(gradients);
    ops.forwardInference(inference);
    ops.backwardInference(gradients);
  };
  step();
  const steps = [...device.log];
  for (let i = 0; i < 5; i++) step();
  expect(device.log).toEqual(steps);
  expect(device.plans).toHaveLength(1);
  const { records } = device.plans[0];
  expect(records).toHaveLength(24);
  expect(new Set(records).size).toBe(4);
});

test("what a call leaves out is back at its default, whatever the call before had", async () => {
  const { handler, device } = await openFake();
  const { ops, tensors, training, inference, gradients } = layerOn(handler);
  const z = handler.createTensor(tensors.x.descriptor);
  ops.forwardTraining({ ...training, z, activation: "relu", epsilon: 0.5 });
  ops.forwardTraining({ ...training, z, alpha: 2, beta: 3, epsilon: 0.5 });
  ops.forwardTraining(training);
  const [record] = device.plans[0].records;
  const defaults = { z: null, activation: "identity", alpha: 1, beta: 0, epsilon: 1e-5 };
  expect(record).toMatchObject({ ...defaults, averagingFactor: 0.1 });

  ops.forwardInference({ ...inference, z, alpha: 2, beta: 3, epsilon: 0.5 });
  ops.forwardInference(inference);
  expect(device.plans[0].records.at(-1)).toMatchObject(defaults);

  const { y, bias } = tensors;
  const dz = handler.createTensor(tensors.x.descriptor);
  const blend = { alphaData: 2, betaData: 3, alphaParam: 4, betaParam: 5 };
  const plain = { alphaData: 1, betaData: 0, alphaParam: 1, betaParam: 0 };
  const nothing = { activation: "identity", y: null, bias: null, dz: null };
  for (const name of ["backward", "backwardInference"] as const) {
    ops[name]({ ...gradients, y, bias, dz, activation: "relu", ...blend });
    expect(device.plans[0].records.at(-1)).toMatchObject({ ...blend, activation: "relu" });
    ops[name](gradients);
    expect(device.plans[0].records.at(-1)).toMatchObject({ ...plain, ...nothing, epsilon: 1e-5 });
  }
});

test("a record holds the memories of the tensors, and of the statistics", async () => {
  const { handler, device } = await openFake();
  const { ops, tensors, training } = layerOn(handler);
  ops.forwardTraining(training);
  const { x, y, scale, bias } = tensors;
  const record = device.plans[0].records[0] as Record<string, unknown>;
  expect(record.x).toBe(x.memory);
  expect(record.y).toBe(y.memory);
  expect(record.scale).toBe(scale.memory);
  expect(record.bias).toBe(bias.memory);
  const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
  expect(record.running).toMatchObject({
    mean: runningMean.memory,
    variance: runningVariance.memory,
    convention: "unbiased",
  });
  expect(record.saved).toMatchObject({
    mean: savedMean.memory,
    invVariance: savedInvVariance.memory,
  });
});

test("a last partial batch gets a plan of its own, and going back and forth makes no more", async () => {
  const { handler, device } = await openFake();
  const { ops, training, spec } = layerOn(handler);
  const partial = { ...spec, dims: [1, 3, 2, 2] };
  const small = {
    ...training,
    x: handler.createTensor(partial),
    y: handler.createTensor(partial),
  };
  for (let i = 0; i < 4; i++) {
    ops.forwardTraining(training);
    ops.forwardTraining(small);
  }
  expect(device.plans).toHaveLength(2);
  expect(device.plans.map(({ spec: { x } }) => x.dims[0])).toEqual([4, 1]);
});

test("ops of one mode share the plans of a handler", async () => {
  const { handler, device } = await openFake();
  const { spec } = layerOn(handler);
  preStageSpatial(handler).stage(spec);
  expect(device.plans).toHaveLength(1);
});

test("a plan in use stays, though it was not looked up anew for a while", async () => {
  const { handler, device } = await openFake({}, 2);
  const { ops, training, spec } = layerOn(handler);
  const other = preStageSpatial(handler);
  other.stage({ ...spec, dims: [8, 3, 2, 2] });
  ops.forwardTraining(training);
  other.stage({ ...spec, dims: [9, 3, 2, 2] });
  expect(device.plans.map(({ disposals }) => disposals)).toEqual([0, 1, 0]);
});

test("an evicted plan is not called again: it is made anew", async () => {
  const { handler, device } = await openFake({}, 1);
  const { ops, training, spec } = layerOn(handler);
  ops.forwardTraining(training);
  preStageSpatial(handler).stage({ ...spec, dims: [9, 3, 2, 2] });
  expect(device.plans.map(({ disposals }) => disposals)).toEqual([1, 0]);
  ops.forwardTraining(training);
  expect(device.plans).toHaveLength(3);
  expect(device.plans.map(({ calls }) => calls)).toEqual([1, 0, 1]);
});
