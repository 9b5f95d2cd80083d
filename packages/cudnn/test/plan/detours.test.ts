import type { TensorSpec } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { callsOn } from "../support/calls.ts";
import { nativeError } from "../support/nativeErrors.ts";
import { Recorder } from "../support/recorder.ts";

const NCHW: TensorSpec = { dataType: "float32", format: "NCHW", dims: [128, 64, 32, 32] };
const NHWC: TensorSpec = { ...NCHW, format: "NHWC" };

type Mode = Parameters<Recorder["plan"]>[0];

function rig(
  mode: Mode,
  spec: TensorSpec,
  options: ConstructorParameters<typeof Recorder>[0] = {},
) {
  const recorder = new Recorder(options);
  return { recorder, plan: recorder.plan(mode, spec), ...callsOn(recorder) };
}

/** From and to, of every move. */
const moves = (recorder: Recorder) =>
  recorder.steps
    .filter(({ step }) => step.startsWith("transform") || step === "spread")
    .map(({ step, given: { z, y } }) => (step === "transformOut" ? [y, z] : [z, y]));

describe("perActivation in NHWC", () => {
  test("trains on rows, with the parameters in NHWC order and back", () => {
    const { recorder, plan, training } = rig("perActivation", NHWC);
    plan.forwardTraining(training);
    const main = recorder.steps.find(({ step }) => step === "forwardTraining");
    expect(main).toMatchObject({
      spec: { mode: 2, extended: true, dims: [128, 65536, 1, 1], parameterDims: [1, 65536, 1, 1] },
      given: { x: "x", y: "y", scale: "scratch", bias: "scratch", savedMean: "scratch" },
    });
    expect(moves(recorder)).toEqual([
      ["scale", "scratch"],
      ["bias", "scratch"],
      ["runningMean", "scratch"],
      ["runningVariance", "scratch"],
      ["scratch", "runningMean"],
      ["scratch", "runningVariance"],
      ["scratch", "savedMean"],
      ["scratch", "savedInvVariance"],
    ]);
    const [{ spec }] = recorder.steps;
    expect(spec).toMatchObject({
      dataType: 0,
      dims: [1, 64, 1024, 1],
      strides: [65536, 1, 64, 64],
      parameterDims: [1, 64, 1024, 1],
      parameterStrides: [65536, 1024, 1, 1],
    });
  });

  test("gives parameter gradients back, and takes them along only where they are blended", () => {
    const { recorder, plan, backward } = rig("perActivation", NHWC);
    plan.backward(backward);
    const plain = moves(recorder);
    expect(plain).toEqual([
      ["scale", "scratch"],
      ["savedMean", "scratch"],
      ["savedInvVariance", "scratch"],
      ["scratch", "dScale"],
      ["scratch", "dBias"],
    ]);
    recorder.taken();
    plan.backward({ ...backward, betaParam: 1 });
    expect(moves(recorder)).toEqual([
      ...plain.slice(0, 3),
      ["dScale", "scratch"],
      ["dBias", "scratch"],
      ...plain.slice(3),
    ]);
  });

  test("leaves absent statistics absent", () => {
    const { recorder, plan, training } = rig("perActivation", NHWC);
    plan.forwardTraining({ ...training, running: null, saved: null });
    expect(moves(recorder)).toHaveLength(2);
    const main = recorder.steps.find(({ step }) => step === "forwardTraining");
    expect(main?.given).not.toHaveProperty("runningMean");
    expect(main?.given).not.toHaveProperty("savedMean");
  });

  test("that cuDNN refuses writes nothing of the user's", () => {
    const { recorder, plan, training } = rig("perActivation", NHWC, {
      refuses: (_, step) => step === "forwardTraining",
    });
    expect(() => plan.forwardTraining({ ...training, averagingFactor: 1 })).toThrow();
    expect(moves(recorder).filter(([, to]) => to !== "scratch")).toEqual([]);
    expect(recorder.steps.map(({ step }) => step)).not.toContain("clear");
  });

  test("of a small tensor goes as it is", () => {
    const { recorder, plan, training } = rig("perActivation", { ...NHWC, dims: [2, 4, 2, 2] });
    plan.forwardTraining(training);
    expect(recorder.steps).toMatchObject([{ step: "forwardTraining", spec: { mode: 0 } }]);
  });
});

describe("float64 in NHWC", () => {
  const WIDE: TensorSpec = { ...NHWC, dataType: "float64" };

  test("trains in NCHW, in place, and comes back", () => {
    const { recorder, plan, training } = rig("spatial", WIDE);
    plan.forwardTraining(training);
    expect(recorder.steps).toMatchObject([
      { step: "transformIn", given: { z: "x", y: "scratch" } },
      {
        step: "forwardTraining",
        spec: { mode: 1, dataType: 1, dims: [128, 64, 1024, 1], strides: [65536, 1024, 1, 1] },
        given: { x: "scratch", y: "scratch", scale: "scale" },
      },
      { step: "transformOut", given: { y: "scratch", z: "y" } },
    ]);
  });

  test("takes y along where it is blended, such as with a residual in it", () => {
    const { recorder, plan, training, z } = rig("spatial", WIDE);
    plan.forwardTraining(training);
    recorder.taken();
    plan.forwardTraining({ ...training, z });
    expect(recorder.steps).toMatchObject([
      { step: "copy", given: { x: "z", y: "y" } },
      { step: "transformIn", given: { z: "x" } },
      { step: "transformIn", given: { z: "y" } },
      { step: "forwardTraining", given: { beta: 1 } },
      { step: "transformOut", given: { z: "y" } },
    ]);
  });

  test("gives dx back, and takes it along only where it is blended", () => {
    const { recorder, plan, backward } = rig("spatial", WIDE);
    plan.backward(backward);
    expect(moves(recorder)).toEqual([
      ["x", "scratch"],
      ["dy", "scratch"],
      ["scratch", "dx"],
    ]);
    recorder.taken();
    plan.backward({ ...backward, betaData: 1 });
    expect(moves(recorder)).toEqual([
      ["x", "scratch"],
      ["dy", "scratch"],
      ["dx", "scratch"],
      ["scratch", "dx"],
    ]);
  });

  test("goes the slow way where there is no memory for another", () => {
    const made = rig("spatial", WIDE);
    const { recorder, plan, training } = made;
    recorder.native.allocate = () => {
      throw nativeError({ statusName: "CUDA_ERROR_OUT_OF_MEMORY" });
    };
    plan.forwardTraining(training);
    expect(recorder.steps).toMatchObject([
      { step: "forwardTraining", spec: { dims: [128, 64, 32, 32] }, given: { x: "x", y: "y" } },
    ]);
    expect(plan.description).toContain("did not take the first choice");
  });
});

describe("inference of many small planes", () => {
  const PLANES: TensorSpec = { ...NCHW, dims: [128, 2048, 7, 7] };

  test("goes per activation, with the parameters spread over the positions", () => {
    const { recorder, plan, inference } = rig("spatial", PLANES);
    plan.forwardInference(inference);
    expect(recorder.steps.map(({ step }) => step)).toEqual([
      ...new Array<string>(4).fill("spread"),
      "forwardInference",
    ]);
    expect(recorder.steps[0].spec).toMatchObject({
      dims: [1, 2048, 7, 7],
      parameterDims: [1, 2048, 1, 1],
    });
    expect(recorder.steps[4]).toMatchObject({
      spec: { mode: 0, dims: [128, 2048, 7, 7], parameterDims: [1, 2048, 7, 7] },
      given: { x: "x", y: "y", scale: "scratch", runningMean: "scratch" },
    });
  });
});

describe("inference of more items than cuDNN takes", () => {
  const MANY: TensorSpec = { ...NCHW, dims: [150_000, 2, 2, 2] };
  const options = {
    refuses: ({ dims: [items] }: { dims: readonly number[] }, step: string) =>
      step === "forwardInference" && items >= 65536,
  };

  test("goes in pieces, each where the one before ends", () => {
    const { recorder, plan, inference, relu } = rig("spatial", MANY, options);
    // As many planes would go per activation; with strides of their own they cannot.
    const strided = recorder.plan("spatial", { ...MANY, strides: [10, 4, 2, 1] });
    const offsets: number[] = [];
    const { call } = recorder.native;
    const { push } = recorder.steps;
    recorder.steps.push = (...steps) => {
      offsets.push(call[0] - inference.x.address);
      return push.apply(recorder.steps, steps);
    };
    strided.forwardInference({ ...inference, ...relu });
    expect(recorder.steps.map(({ step, spec }) => [step, spec.dims[0]])).toEqual([
      ["forwardInference", 65535],
      ["forwardInference", 65535],
      ["forwardInference", 18930],
      ["relu", 150_000],
    ]);
    expect(offsets.slice(0, 3)).toEqual([0, 65535 * 40, 2 * 65535 * 40]);
    plan.dispose();
    strided.dispose();
  });
});
