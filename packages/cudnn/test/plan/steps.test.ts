import type { TensorSpec } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { callsOn } from "../support/calls.ts";
import { Recorder } from "../support/recorder.ts";

const NCHW: TensorSpec = { dataType: "float32", format: "NCHW", dims: [4, 8, 2, 2] };
const NHWC: TensorSpec = { ...NCHW, format: "NHWC" };
const PADDED: TensorSpec = { ...NCHW, strides: [40, 5, 2, 1] };

function rig(spec: TensorSpec = NCHW, options: ConstructorParameters<typeof Recorder>[0] = {}) {
  const recorder = new Recorder(options);
  const plan = recorder.plan("spatial", spec);
  const calls = callsOn(recorder);
  return { recorder, plan, ...calls };
}

describe("training", () => {
  test("alone is one call, with every argument", () => {
    const { recorder, plan, training } = rig();
    plan.forwardTraining({ ...training, alpha: 2, beta: 0.5, averagingFactor: 0.25 });
    expect(recorder.steps).toHaveLength(1);
    expect(recorder.steps[0]).toMatchObject({
      step: "forwardTraining",
      spec: { mode: 1, extended: false, fusion: 0 },
      given: {
        x: "x",
        y: "y",
        scale: "scale",
        bias: "bias",
        runningMean: "runningMean",
        runningVariance: "runningVariance",
        savedMean: "savedMean",
        savedInvVariance: "savedInvVariance",
        epsilon: 1e-5,
        averagingFactor: 0.25,
        alpha: 2,
        beta: 0.5,
      },
    });
  });

  test("statistics that nobody keeps are absent", () => {
    const { recorder, plan, training } = rig();
    plan.forwardTraining({ ...training, running: null, saved: null });
    const absent = ["runningMean", "runningVariance", "savedMean", "savedInvVariance"];
    for (const name of absent) expect(recorder.steps[0].given).not.toHaveProperty(name);
  });

  test("a factor of 1 clears the old statistics first, once cuDNN is known to take the call", () => {
    const { recorder, plan, training } = rig();
    const call = { ...training, averagingFactor: 1 };
    plan.forwardTraining(call);
    const [trial, mean, variance, main] = recorder.steps;
    expect(trial.given).not.toHaveProperty("runningMean");
    expect(trial.given).not.toHaveProperty("savedMean");
    expect([mean.step, mean.given.y]).toEqual(["clear", "runningMean"]);
    expect([variance.step, variance.given.y]).toEqual(["clear", "runningVariance"]);
    expect(main).toMatchObject({ step: "forwardTraining", given: { averagingFactor: 1 } });
    recorder.taken();
    plan.forwardTraining(call);
    expect(recorder.taken()).toEqual(["clear", "clear", "forwardTraining"]);
  });

  test("a biased variance is converted there and back", () => {
    const { recorder, plan, training } = rig();
    plan.forwardTraining(training);
    recorder.taken();
    const running = { ...(training.running as object), convention: "biased" };
    plan.forwardTraining({ ...training, running } as typeof training);
    const [before, main, after] = recorder.steps;
    expect(before).toMatchObject({
      step: "scaleParameters",
      given: { dScale: "runningVariance", alpha: 16 / 15 },
    });
    expect(main).toMatchObject({ step: "forwardTraining", given: { alpha: 1 } });
    expect(after).toMatchObject({
      step: "scaleParameters",
      given: { dScale: "runningVariance", alpha: 15 / 16 },
    });
  });

  test("a biased variance that keeps all its weight is left alone, to the bit", () => {
    const { recorder, plan, training } = rig();
    const running = { ...(training.running as object), convention: "biased" };
    plan.forwardTraining({ ...training, running, averagingFactor: 0 } as typeof training);
    expect(recorder.steps.map(({ step }) => step)).toEqual(["forwardTraining"]);
    expect(recorder.steps[0].given).not.toHaveProperty("runningVariance");
  });

  test("a residual lies in y before, and beta adds it", () => {
    const { recorder, plan, training, z } = rig();
    plan.forwardTraining(training);
    recorder.taken();
    plan.forwardTraining({ ...training, z, alpha: 3 });
    const [copy, main] = recorder.steps;
    expect(copy).toMatchObject({ step: "copy", given: { x: "z", y: "y", bytes: 512 } });
    expect(main).toMatchObject({ step: "forwardTraining", given: { x: "x", alpha: 3, beta: 3 } });
    recorder.taken();
    plan.forwardTraining({ ...training, z, alpha: 3, beta: 0.5 });
    const [add, blended] = recorder.steps;
    expect(add).toMatchObject({
      step: "addTensor",
      given: { z: "z", y: "y", alpha: 3, beta: 0.5 },
    });
    expect(blended).toMatchObject({ step: "forwardTraining", given: { alpha: 3, beta: 1 } });
  });

  test("in strides with gaps the residual is added value by value", () => {
    const { recorder, plan, training, z } = rig(PADDED);
    plan.forwardTraining({ ...training, z });
    expect(recorder.taken()).toEqual(["forwardTraining", "addTensor", "forwardTraining"]);
  });

  test("ReLU in NCHW is a step of its own", () => {
    const { recorder, plan, training, relu } = rig();
    plan.forwardTraining({ ...training, ...relu });
    expect(recorder.taken()).toEqual(["forwardTraining", "relu"]);
  });

  test("the low word of the mean is cleared once, and again after something was written there", () => {
    const { recorder, plan, training } = rig();
    plan.forwardTraining(training);
    expect(recorder.taken()).toEqual(["forwardTraining"]);
    training.saved?.meanLow?.touch();
    plan.forwardTraining(training);
    expect(recorder.steps[1].given.y).toBe("meanLow");
    expect(recorder.taken()).toEqual(["forwardTraining", "clear"]);
    plan.forwardTraining(training);
    expect(recorder.taken()).toEqual(["forwardTraining"]);
  });

  test("NHWC takes the extended call in the persistent mode, on the memory as it is", () => {
    const { recorder, plan, training } = rig(NHWC);
    plan.forwardTraining(training);
    const [{ spec }] = recorder.steps;
    expect(spec).toMatchObject({ mode: 2, extended: true, fusion: 0, strides: [32, 1, 16, 8] });
  });
});

describe("what cuDNN refuses", () => {
  const refusesExtended = { refuses: ({ extended }: { extended: boolean }) => extended };

  test("goes the next way, and stays there", () => {
    const { recorder, plan, training } = rig(NHWC, refusesExtended);
    expect(plan.description).toContain("extended");
    plan.forwardTraining(training);
    plan.forwardTraining(training);
    expect(recorder.steps.map(({ spec }) => spec.extended)).toEqual([false, false]);
    expect(plan.description).toContain("cuDNN did not take the first choice");
  });

  test("includes an extended call without workspace: that is the slow path", () => {
    const { recorder, plan, training } = rig(NHWC, { workspace: 0 });
    plan.forwardTraining(training);
    expect(recorder.steps[0].spec.extended).toBe(false);
  });

  test("includes plans that cannot be made", () => {
    const { recorder, plan, training } = rig(NHWC, {
      refusesPlan: ({ extended }) => extended,
    });
    plan.forwardTraining(training);
    expect(recorder.steps[0].spec.extended).toBe(false);
  });

  test("on every way is refused before anything of the user's was written", () => {
    const { recorder, plan, training, z } = rig(NCHW, {
      refuses: (_, step) => step === "forwardTraining",
    });
    const call = { ...training, z, averagingFactor: 1 };
    expect(() => plan.forwardTraining(call)).toThrow("CUDNN_STATUS_NOT_SUPPORTED");
    expect(recorder.taken()).toEqual([]);
  });

  test("on every way of the backward is refused before dz was written", () => {
    const { recorder, plan, backward, dz } = rig(NCHW, {
      refuses: (_, step) => step === "backward",
    });
    expect(() => plan.backward({ ...backward, dz })).toThrow("CUDNN_STATUS_NOT_SUPPORTED");
    expect(recorder.taken()).toEqual([]);
  });

  test("of the fused calls goes in steps", () => {
    const { recorder, plan, training, relu, z } = rig(NHWC, {
      refuses: ({ fusion }) => fusion !== 0,
    });
    plan.forwardTraining({ ...training, ...relu });
    expect(recorder.taken()).toEqual(["forwardTraining", "relu"]);
    plan.forwardTraining({ ...training, ...relu, z });
    expect(recorder.taken()).toEqual(["copy", "forwardTraining", "relu"]);
  });
});

describe("what cuDNN would compute wrong", () => {
  test("an epsilon that float32 cannot hold is refused, in float64 it is kept", () => {
    const narrow = rig();
    const refused = expect.objectContaining({ code: "UNSUPPORTED" });
    expect(() => narrow.plan.forwardTraining({ ...narrow.training, epsilon: 1e-60 })).toThrow(
      refused,
    );
    expect(() => narrow.plan.forwardInference({ ...narrow.inference, epsilon: 1e-60 })).toThrow(
      refused,
    );
    expect(() => narrow.plan.backward({ ...narrow.backward, saved: null, epsilon: 1e-60 })).toThrow(
      refused,
    );
    expect(narrow.recorder.taken()).toEqual([]);
    narrow.plan.forwardTraining({ ...narrow.training, epsilon: 1e-40 });
    narrow.plan.forwardTraining({ ...narrow.training, epsilon: 0 });
    const wide = rig({ ...NCHW, dataType: "float64" });
    wide.plan.forwardTraining({ ...wide.training, epsilon: 1e-300 });
    expect(wide.recorder.steps[0].given.epsilon).toBe(1e-300);
  });
});

describe("inference", () => {
  test("alone is one call", () => {
    const { recorder, plan, inference } = rig();
    plan.forwardInference(inference);
    expect(recorder.steps).toMatchObject([
      { step: "forwardInference", given: { x: "x", y: "y", runningMean: "runningMean" } },
    ]);
  });

  test("in place with a residual it works from a copy of x", () => {
    const { recorder, plan, inference, z } = rig();
    plan.forwardInference(inference);
    recorder.taken();
    plan.forwardInference({ ...inference, y: inference.x, z });
    expect(recorder.steps).toMatchObject([
      { step: "copy", given: { x: "x", y: "scratch" } },
      { step: "copy", given: { x: "z", y: "x" } },
      { step: "forwardInference", given: { x: "scratch", y: "x", beta: 1 } },
    ]);
  });

  test("ReLU comes last", () => {
    const { recorder, plan, inference, relu, z } = rig(NHWC);
    plan.forwardInference({ ...inference, ...relu });
    plan.forwardInference({ ...inference, ...relu, z });
    expect(recorder.taken()).toEqual([
      "forwardInference",
      "relu",
      "copy",
      "forwardInference",
      "relu",
    ]);
  });

  test("rows go per activation", () => {
    const { recorder, plan, inference } = rig({ ...NCHW, dims: [64, 8] });
    plan.forwardInference(inference);
    expect(recorder.steps[0].spec).toMatchObject({ mode: 0, dims: [64, 8, 1, 1] });
  });
});

describe("backward", () => {
  test("alone is one call, with every argument", () => {
    const { recorder, plan, backward } = rig();
    plan.backward({ ...backward, alphaData: 2, betaData: 3, alphaParam: 4, betaParam: 5 });
    expect(recorder.steps).toMatchObject([
      {
        step: "backward",
        given: {
          ...{ x: "x", dy: "dy", dx: "dx", scale: "scale", dScale: "dScale", dBias: "dBias" },
          ...{ savedMean: "savedMean", savedInvVariance: "savedInvVariance" },
          ...{ alpha: 2, beta: 3, alphaParam: 4, betaParam: 5, epsilon: 1e-5 },
        },
      },
    ]);
  });

  test("without saved statistics cuDNN computes them again", () => {
    const { recorder, plan, backward } = rig();
    plan.backward({ ...backward, saved: null });
    expect(recorder.steps[0].given).not.toHaveProperty("savedMean");
  });

  test("the gradient of the residual is dy", () => {
    const { recorder, plan, backward, dz } = rig();
    plan.backward(backward);
    recorder.taken();
    plan.backward({ ...backward, dz });
    expect(recorder.steps).toMatchObject([
      { step: "copy", given: { x: "dy", y: "dz" } },
      { step: "backward", given: { dy: "dy" } },
    ]);
  });

  test.each([
    ["dz, where it is wanted", { withDz: true, betaData: 0 }, "dz"],
    ["dx, where its old values do not count", { withDz: false, betaData: 0 }, "dx"],
    ["memory of its own otherwise", { withDz: false, betaData: 1 }, "scratch"],
  ])("behind ReLU the gradient is masked into %s", (_, { withDz, betaData }, place) => {
    const { recorder, plan, backward, backwardOfRelu, dz } = rig();
    plan.backward(backward);
    recorder.taken();
    plan.backward({ ...backwardOfRelu, betaData, dz: withDz ? dz : null });
    expect(recorder.steps).toMatchObject([
      { step: "reluBackward", given: { y: "y", dy: "dy", dx: place } },
      { step: "backward", given: { dy: place, dx: "dx" } },
    ]);
  });

  test("of an empty x the parameter gradients are what beta leaves of them", () => {
    const { recorder, plan, backward } = rig({ ...NCHW, dims: [0, 8, 2, 2] });
    plan.backward({ ...backward, betaParam: 0 });
    expect(recorder.steps.map(({ step, given }) => [step, given.y])).toEqual([
      ["clear", "dScale"],
      ["clear", "dBias"],
    ]);
    recorder.taken();
    plan.backward({ ...backward, betaParam: 1 });
    expect(recorder.taken()).toEqual([]);
    plan.backward({ ...backward, betaParam: 0.5 });
    expect(recorder.steps).toMatchObject([
      { step: "scaleParameters", given: { dScale: "dScale", alpha: 0.5 } },
      { step: "scaleParameters", given: { dScale: "dBias", alpha: 0.5 } },
    ]);
  });
});

describe("a fused backward", () => {
  function trained(withZ: boolean) {
    const made = rig(NHWC);
    const { recorder, plan, training, relu, z } = made;
    plan.forwardTraining({ ...training, ...relu, z: withZ ? z : null });
    const fusion = withZ ? 2 : 1;
    expect(recorder.steps.map(({ step, spec }) => [step, spec.fusion])).toEqual([
      ["forwardTraining", fusion], // finds out whether cuDNN takes it
      ["forwardTraining", fusion],
    ]);
    recorder.taken();
    return made;
  }

  const isFused = (recorder: Recorder) => recorder.steps.at(-1)?.spec.fusion === 2;

  test("follows a forward fused with residual and ReLU, and has its reserve and dz", () => {
    const { recorder, plan, backwardOfRelu, dz } = trained(true);
    plan.backward({ ...backwardOfRelu, dz });
    expect(recorder.steps).toMatchObject([
      {
        step: "backward",
        spec: { fusion: 2 },
        given: { reserve: "reserve", reserveBytes: 32, dz: "dz", dy: "dy", dx: "dx" },
      },
    ]);
  });

  test("does not mind another x, scale or bias: the mask is in the reserve", () => {
    const { recorder, plan, backwardOfRelu, training, dz } = trained(true);
    for (const name of ["x", "scale", "bias"] as const) training[name].touch();
    plan.backward({ ...backwardOfRelu, dz });
    expect(isFused(recorder)).toBe(true);
  });

  test("does not follow ReLU alone, whose mask cuDNN would compute again", () => {
    const { recorder, plan, backwardOfRelu, dz } = trained(false);
    plan.backward(backwardOfRelu);
    expect(recorder.taken()).toEqual(["backward", "reluBackward", "backward"]);
    plan.backward({ ...backwardOfRelu, dz });
    expect(recorder.taken()).toEqual(["reluBackward", "backward"]);
  });

  test.each([
    ["y was written", ({ training }: ReturnType<typeof trained>) => training.y.touch()],
    [
      "a forward that was not fused went between",
      ({ plan, training }: ReturnType<typeof trained>) => plan.forwardTraining(training),
    ],
    [
      "the slot was emptied",
      ({ training: { saved } }: ReturnType<typeof trained>) => {
        saved?.reserve?.dispose();
        if (saved) saved.reserve = null;
      },
    ],
  ])("does not follow once %s", (_, change) => {
    const made = trained(true);
    change(made);
    made.plan.backward({ ...made.backwardOfRelu, dz: made.dz });
    expect(isFused(made.recorder)).toBe(false);
    expect(made.recorder.taken().at(-2)).toBe("reluBackward");
  });

  test.each([
    ["another y", ({ recorder }: ReturnType<typeof trained>) => ({ y: recorder.memory("other") })],
    ["no dz", () => ({ dz: null })],
    ["no saved statistics", () => ({ saved: null })],
  ])("does not follow with %s", (_, change) => {
    const made = trained(true);
    made.plan.backward({ ...made.backwardOfRelu, dz: made.dz, ...change(made) });
    expect(isFused(made.recorder)).toBe(false);
  });

  test("leaves no memory behind: the reserve goes with the statistics, plans with the plan", () => {
    const made = rig(NHWC);
    const before = made.recorder.alive;
    made.plan.forwardTraining({ ...made.training, ...made.relu, z: made.z });
    made.plan.backward({ ...made.backwardOfRelu, dz: made.dz });
    made.plan.dispose();
    made.training.saved?.reserve?.dispose();
    // What finding out took is the device's, for any plan.
    expect(made.recorder.alive - before).toBe(1);
  });
});
