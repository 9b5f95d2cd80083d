import { expectClose } from "../compare/expectClose.js";
import { expectEqual } from "../compare/expectSame.js";
import { forwardInference } from "../oracle/forward.js";
import { geometryOf } from "../oracle/geometry.js";
import { type Held, hold, type Layer, meanErrorOf, runningOf } from "./layer.js";
import { valuesOf } from "./tensors.js";
import type { ForwardSetup } from "./train.js";

export interface InferenceSetup extends ForwardSetup {
  /** y is x. */
  readonly inPlace?: boolean | undefined;
}

/** Runs forwardInference, compares y with the oracle, and sees that the statistics stay. */
export async function expectInference(layer: Layer, setup: InferenceSetup): Promise<Held> {
  const { handler, ops, scale, bias } = layer;
  const { spec, epsilon = 1e-5, activation = "identity", alpha = 1, beta = 0 } = setup;
  const before = await runningOf(layer);
  const x = hold(handler, spec, setup.x);
  const z = setup.z === undefined ? null : hold(handler, spec, setup.z);
  const y =
    setup.inPlace === true
      ? x
      : hold(handler, spec, setup.yBefore ?? x.values.map(() => Number.NaN));
  ops.forwardInference({
    x: x.tensor,
    y: y.tensor,
    z: z?.tensor,
    scale: scale.tensor,
    bias: bias.tensor,
    activation,
    epsilon,
    alpha,
    beta,
  });
  const inputs = {
    activation,
    epsilon,
    alpha,
    beta,
    x: x.values,
    z: z?.values ?? null,
    geometry: geometryOf(ops.mode, spec.dims),
    yBefore: y.values,
    scale: scale.values,
    bias: bias.values,
    meanError: meanErrorOf(layer, spec),
  };
  const stored = await valuesOf(y.tensor);
  const expected = forwardInference(inputs, before);
  expectClose("y of inference", stored, expected, { dataType: spec.dataType, kind: "output" });
  const after = await runningOf(layer);
  expectEqual("runningMean after inference", after.mean, before.mean);
  expectEqual("runningVariance after inference", after.variance, before.variance);
  return { tensor: y.tensor, values: stored };
}
