import {
  type BatchNormMode,
  type Handler,
  type Ops,
  preStagePerActivation,
  preStageSpatial,
  preStageSpatialPersistent,
  type TensorSpec,
} from "@batchnorm/core";
import { randomOf, randoms } from "../../../../tooling/testing/random.ts";

const PRE_STAGE = {
  perActivation: preStagePerActivation,
  spatial: preStageSpatial,
  spatialPersistent: preStageSpatialPersistent,
};

/** A staged layer with every tensor a call can take, filled with reproducible numbers. */
export function createLayer(handler: Handler, spec: TensorSpec, mode: BatchNormMode = "spatial") {
  const ops: Ops = PRE_STAGE[mode](handler);
  ops.stage(spec);
  const random = randomOf(7);
  const filled = (like: TensorSpec) => {
    const { descriptor } = handler.createTensor(like);
    return handler.createTensor(descriptor, randoms(random, descriptor.storageLength, 1, 0.5));
  };
  const data = () => filled(spec);
  const parameter = () => filled(ops.scaleBiasDescriptor);
  const tensors = {
    ...{ x: data(), y: data(), z: data(), dy: data(), dx: data(), dz: data() },
    ...{ scale: parameter(), bias: parameter(), dScale: parameter(), dBias: parameter() },
  };
  const { x, y, z, dy, dx, dz, scale, bias, dScale, dBias } = tensors;
  const forward = { x, y, scale, bias, averagingFactor: 0.1 };
  const backward = { x, dy, dx, scale, dScale, dBias };
  const relu = { activation: "relu" } as const;
  // Made once: what a caller makes for each call is the caller's.
  const overwriting = { ...forward, averagingFactor: 1 };
  const withResidual = { ...forward, z };
  const fusedForward = { ...forward, ...relu, z };
  const fusedBackward = { ...backward, ...relu, y, bias, dz };
  const maskedBackward = { ...backward, ...relu, y, bias, betaData: 1 };
  return {
    ...tensors,
    ops,
    /** Every kind of call. */
    calls: {
      forwardTraining: () => ops.forwardTraining(forward),
      backward: () => ops.backward(backward),
      forwardInference: () => ops.forwardInference(forward),
      overwriting: () => ops.forwardTraining(overwriting),
      withResidual: () => ops.forwardTraining(withResidual),
      fusedTraining: () => ops.forwardTraining(fusedForward),
      fusedBackward: () => ops.backward(fusedBackward),
      fusedInference: () => ops.forwardInference(fusedForward),
      maskedBackward: () => ops.backward(maskedBackward),
    },
    results: { y, dx, dz, dScale, dBias },
  };
}
