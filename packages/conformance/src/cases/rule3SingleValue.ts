import type { BatchNormMode, Handler, TensorSpec } from "@batchnorm/core";
import type { Case } from "../case.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { elementCount } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, holdParameter } from "../rig/layer.js";
import { MODES, specOf } from "../rig/specs.js";
import { startTraining } from "../rig/train.js";

/** An x with one value for each statistic. */
function singleOf(mode: BatchNormMode): TensorSpec {
  return specOf(mode === "perActivation" ? [1, 3, 2, 2] : [1, 3, 1, 1]);
}

/** A layer that has seen a larger batch, so that its statistics are worth something. */
function trainedLayer(handler: Handler, mode: BatchNormMode) {
  const spec = singleOf(mode);
  const large = { ...spec, dims: [4, ...spec.dims.slice(1)] };
  const layer = createLayer(handler, { mode, spec: large });
  const x = Float64Array.from({ length: elementCount(large) }, (_, i) => i * i);
  startTraining(layer, { spec: large, x });
  const { ops, scale, bias } = layer;
  const tensor = () => hold(handler, spec, new Float32Array(elementCount(spec)).fill(5)).tensor;
  const parameter = () =>
    holdParameter(handler, ops, new Float32Array(scale.values.length).fill(6)).tensor;
  const tensors = {
    x: tensor(),
    y: tensor(),
    dy: tensor(),
    dx: tensor(),
    scale: scale.tensor,
    bias: bias.tensor,
    dScale: parameter(),
    dBias: parameter(),
    runningMean: ops.runningMean,
    runningVariance: ops.runningVariance,
    savedMean: ops.savedMean,
    savedInvVariance: ops.savedInvVariance,
  };
  return { spec, layer, tensors };
}

export const singleValueCases: readonly Case[] = [
  {
    name: "rule 3: training on one value per statistic is refused and nothing is written",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const { layer, tensors } = trainedLayer(handler, mode);
        const { x, y, scale, bias } = tensors;
        await expectRefusal("SINGLE_VALUE_PER_CHANNEL", tensors, () =>
          layer.ops.forwardTraining({ x, y, scale, bias, averagingFactor: 0.5 }),
        );
      });
    },
  },
  {
    name: "rule 3: its backward is refused too and nothing is written",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const { layer, tensors } = trainedLayer(handler, mode);
        const { x, dy, dx, scale, dScale, dBias } = tensors;
        await expectRefusal("SINGLE_VALUE_PER_CHANNEL", tensors, () =>
          layer.ops.backward({ x, dy, dx, scale, dScale, dBias }),
        );
      });
    },
  },
  {
    name: "rule 3: inference takes one value per statistic",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const { spec, layer } = trainedLayer(handler, mode);
        const x = Float64Array.from({ length: elementCount(spec) }, (_, i) => i);
        await expectInference(layer, { spec, x });
      });
    },
  },
];
