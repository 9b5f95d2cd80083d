import {
  type BatchNormMode,
  type Handler,
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
  type TensorFormat,
} from "@batchnorm/core";
import { randomOf, randoms } from "../../../../tooling/testing/random.ts";

const preStages = {
  perActivation: preStagePerActivation,
  spatial: preStageSpatial,
  spatialPersistent: preStageSpatialPersistent,
};

/** What a gradient is taken with respect to. */
export type Input = "x" | "scale" | "bias" | "z";

export interface Variant {
  readonly activation: "identity" | "relu";
  readonly residual: boolean;
  readonly alpha: number;
  readonly beta: number;
}

export interface Layer {
  /** Σ weights · y of the forward, with these inputs in place of the layer's own. */
  loss(changed: Partial<Record<Input, Float64Array>>): Promise<number>;
  /** y itself: its distance from 0 says how far the kink of relu is. */
  output(): Promise<Float64Array>;
  /** What the backward says of the same loss. */
  gradients(): Promise<Record<Input, Float64Array>>;
  readonly values: Readonly<Record<Input, Float64Array>>;
}

const EPSILON = 0.01;

/** A float64 layer with random inputs, statistics and weights of its loss. */
export async function layerOf(
  handler: Handler,
  kind: "training" | "inference",
  mode: BatchNormMode,
  format: TensorFormat,
  { activation, residual, alpha, beta }: Variant,
): Promise<Layer> {
  const random = randomOf(7);
  const x = { dataType: "float64", format, dims: [4, 2, 3, 2] } as const;
  const ops = preStages[mode](handler);
  ops.stage(x);
  const parameters = ops.scaleBiasDescriptor;
  const count = parameters.elementCount;
  await ops.runningMean.write(randoms(random, count, 0.5));
  await ops.runningVariance.write(randoms(random, count, 0.5, 1));
  const values = {
    x: randoms(random, 48, 2, 0.5),
    scale: randoms(random, count, 0.5, 1),
    bias: randoms(random, count, 0.5),
    z: randoms(random, 48),
  };
  const weights = randoms(random, 48);
  const before = randoms(random, 48);

  function forward(changed: Partial<Record<Input, Float64Array>>) {
    const given = { ...values, ...changed };
    const tensors = {
      x: handler.createTensor(x, given.x),
      scale: handler.createTensor(parameters, given.scale),
      bias: handler.createTensor(parameters, given.bias),
      y: handler.createTensor(x, before),
    };
    const z = residual ? handler.createTensor(x, given.z) : undefined;
    const args = { ...tensors, z, activation, alpha, beta, epsilon: EPSILON };
    if (kind === "training") ops.forwardTraining({ ...args, averagingFactor: 0 });
    else ops.forwardInference(args);
    return tensors;
  }

  const output = async (changed: Partial<Record<Input, Float64Array>> = {}) =>
    (await forward(changed).y.read()) as Float64Array;

  return {
    values,
    output,
    async loss(changed) {
      return (await output(changed)).reduce((sum, y, i) => sum + weights[i] * y, 0);
    },
    async gradients() {
      const { scale, bias, ...data } = forward({});
      const parameter = () => handler.createTensor(parameters);
      const args = {
        x: data.x,
        y: data.y,
        scale,
        bias,
        activation,
        dy: handler.createTensor(x, weights),
        dx: handler.createTensor(x),
        dz: handler.createTensor(x),
        dScale: parameter(),
        dBias: parameter(),
        // y = alpha · result + …, so that the result's gradient is alpha times that of y.
        alphaData: alpha,
        alphaParam: alpha,
      };
      if (kind === "training") ops.backward(args);
      else ops.backwardInference({ ...args, epsilon: EPSILON });
      const { dx, dz, dScale, dBias } = args;
      const [ofX, ofZ, ofScale, ofBias] = await Promise.all(
        [dx, dz, dScale, dBias].map((tensor) => tensor.read() as Promise<Float64Array>),
      );
      return { x: ofX, z: ofZ, scale: ofScale, bias: ofBias };
    },
  };
}
