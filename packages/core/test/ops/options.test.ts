import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/handler/handler.ts";
import type { OpsOptions } from "../../src/ops/opsOptions.ts";
import {
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
} from "../../src/ops/preStage.ts";
import { errorOf, expectRefusal } from "../support/errors.ts";
import { openFake } from "../support/fakeDevice.ts";
import { layerOn } from "../support/layer.ts";

describe.each([
  ["preStagePerActivation", preStagePerActivation, "perActivation", [1, 3, 4, 5]],
  ["preStageSpatial", preStageSpatial, "spatial", [1, 3, 1, 1]],
  ["preStageSpatialPersistent", preStageSpatialPersistent, "spatialPersistent", [1, 3, 1, 1]],
] as const)("%s", (call, preStage, mode, parameterDims) => {
  test("makes ops of its mode, with frozen defaults", async () => {
    const { handler } = await openFake();
    const ops = preStage(handler);
    expect(ops.mode).toBe(mode);
    expect(ops.handler).toBe(handler);
    expect(ops.options).toEqual({
      runningVariance: "unbiased",
      savedStatistics: true,
      runningStatistics: true,
    });
    expect(Object.isFrozen(ops.options)).toBe(true);
  });

  test("gives the plan its mode and the packed C-major parameters, also of NHWC", async () => {
    const { handler, device } = await openFake();
    const ops = preStage(handler);
    ops.stage({ dataType: "float16", format: "NHWC", dims: [2, 3, 4, 5] });
    const { spec } = device.plans[0];
    expect(spec.mode).toBe(mode);
    expect(spec.parameters).toBe(ops.scaleBiasDescriptor);
    expect(spec.parameters).toMatchObject({
      dataType: "float32",
      format: "NCHW",
      dims: parameterDims,
      packed: true,
    });
    expect(spec.x.format).toBe("NHWC");
  });

  test("refuses an unknown option, naming it and the known ones", async () => {
    const { handler } = await openFake();
    const run = () => preStage(handler, { runningVarience: "biased" } as Partial<OpsOptions>);
    expectRefusal(run, "INVALID_ARGUMENT", "options", '"runningVarience"');
    expect(run).toThrow(
      `${call}: options: expected only the keys runningVariance, savedStatistics, runningStatistics`,
    );
  });

  test.each([
    ["runningVariance", "Biased"],
    ["runningVariance", null],
    ["runningVariance", true],
    ["savedStatistics", 1],
    ["savedStatistics", null],
    ["runningStatistics", "false"],
    ["runningStatistics", 0],
  ])("refuses %s: %o", async (name, value) => {
    const { handler } = await openFake();
    expectRefusal(() => preStage(handler, { [name]: value }), "INVALID_ARGUMENT", name);
  });

  test.each([[null], [[]], ["biased"], [true]])("refuses %o as options", async (options) => {
    const { handler } = await openFake();
    const run = () => preStage(handler, options as Partial<OpsOptions>);
    expectRefusal(run, "INVALID_ARGUMENT", "options");
  });

  test.each([[undefined], [null], ["cpu"], [{}], [Promise.resolve()]])(
    "refuses %o in place of a handler",
    (handler) => {
      const run = () => preStage(handler as unknown as Handler);
      expectRefusal(run, "INVALID_ARGUMENT", "handler");
      expect(run).toThrow("did you await createHandler?");
    },
  );
});

describe("without statistics", () => {
  test("running ones: no inference, and forwardTraining hands over none", async () => {
    const { handler, device } = await openFake();
    const { ops, training, inference, gradients } = layerOn(handler, { runningStatistics: false });
    ops.forwardTraining(training);
    expect(device.plans[0].records[0]).toMatchObject({ running: null });
    for (const run of [
      () => ops.forwardInference(inference),
      () => ops.backwardInference(gradients),
      () => ops.runningMean,
      () => ops.runningVariance,
    ]) {
      expect(errorOf(run).code).toBe("STATISTICS_DISABLED");
    }
  });

  test("saved ones: backward computes them again, with the epsilon it must be given", async () => {
    const { handler, device } = await openFake();
    const { ops, training, gradients } = layerOn(handler, { savedStatistics: false });
    ops.forwardTraining(training);
    expect(device.plans[0].records[0]).toMatchObject({ saved: null });
    expect(errorOf(() => ops.savedMean).code).toBe("STATISTICS_DISABLED");
    expect(errorOf(() => ops.savedInvVariance).code).toBe("STATISTICS_DISABLED");
    expect(errorOf(() => ops.backward(gradients)).details.argument).toBe("epsilon");
    ops.backward({ ...gradients, epsilon: 0.5 });
    expect(device.plans[0].records.at(-1)).toMatchObject({ saved: null, epsilon: 0.5 });
  });

  test("saved ones: createSaved still gives some", async () => {
    const { handler, device } = await openFake();
    const { ops, training } = layerOn(handler, { savedStatistics: false });
    const saved = ops.createSaved();
    ops.forwardTraining({ ...training, saved });
    expect(device.plans[0].records[0]).toMatchObject({ saved: saved.memory });
  });
});

test("a backend without backwardInference says so before it is asked", async () => {
  const { handler, device } = await openFake({ backwardInference: false });
  const { ops, gradients } = layerOn(handler);
  const error = errorOf(() => ops.backwardInference(gradients));
  expect(error.code).toBe("UNSUPPORTED");
  expect(device.plans[0].calls).toBe(0);
});

describe.each(["forwardTraining", "forwardInference"] as const)("%s with z and beta", (name) => {
  const run = ({ ops, training, inference }: ReturnType<typeof layerOn>, changes: object) =>
    name === "forwardTraining"
      ? ops.forwardTraining({ ...training, ...changes })
      : ops.forwardInference({ ...inference, ...changes });

  test("is refused in a data type where the backend does not declare it", async () => {
    const { handler, device } = await openFake({ blendedResidual: ["float32", "float64"] });
    const layer = layerOn(handler, {}, "float16");
    const error = errorOf(() => run(layer, { z: layer.tensors.dy, beta: 0.5 }));
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.details).toMatchObject({ call: `Ops.${name}`, argument: "beta", received: "0.5" });
    expect(error.message).toBe(
      `Ops.${name}: beta: expected 0 with z in float16 (as this backend declares), received 0.5`,
    );
    expect(device.plans[0].calls).toBe(0);
    // The refused forward saved nothing that a backward could take for its own.
    expect(errorOf(() => layer.ops.backward(layer.gradients)).code).toBe(
      "SAVED_STATISTICS_MISMATCH",
    );
  });

  test("reaches a backend that declares it, and either alone reaches every backend", async () => {
    const { handler, device } = await openFake({ blendedResidual: ["float16"] });
    const declared = layerOn(handler, {}, "float16");
    const z = declared.tensors.dy;
    run(declared, { z, beta: 0.5 });
    expect(device.plans[0].records.at(-1)).toMatchObject({ z: z.memory, beta: 0.5 });
    const other = layerOn(handler, {}, "bfloat16");
    run(other, { z: other.tensors.dy, alpha: 2 });
    run(other, { z: other.tensors.dy, beta: -0 });
    run(other, { beta: 0.5 });
    expect(device.plans[1].calls).toBe(3);
  });

  test("and relu is refused for the activation, whatever is declared", async () => {
    const { handler } = await openFake({ blendedResidual: [] });
    const layer = layerOn(handler);
    const call = { z: layer.tensors.dy, beta: 1, activation: "relu" };
    expect(errorOf(() => run(layer, call)).code).toBe("INVALID_ARGUMENT");
  });
});
