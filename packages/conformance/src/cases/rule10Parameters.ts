import type { DataType } from "@batchnorm/core";
import type { Case } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, type Layer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { dataTypesOf, FORMATS, MODES, SPATIAL_MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

/** x at (n, c, h, w) is n · 100 + c · 10 + h · 2 + w, plus a spread that differs by position. */
const dims = [2, 2, 1, 3];

function parametersOf({ ops }: Layer) {
  const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
  return { runningMean, runningVariance, savedMean, savedInvVariance };
}

/** Rules 10 and 11: type and shape of scale, bias and statistics. */
export const parameterCases: readonly Case[] = [
  {
    name: "rule 10: parameters are float64 for float64 tensors and float32 for all others",
    async run({ handler, capabilities }) {
      await forEach(dataTypesOf(capabilities), String, async (dataType) => {
        const layer = createLayer(handler, { mode: "spatial", spec: specOf([2, 3], { dataType }) });
        const wanted: DataType = dataType === "float64" ? "float64" : "float32";
        const described = layer.ops.scaleBiasDescriptor.dataType;
        check(described === wanted, `scaleBiasDescriptor is ${described}`);
        for (const [name, { descriptor }] of Object.entries(parametersOf(layer))) {
          check(descriptor.dataType === wanted, `${name} is ${descriptor.dataType}`);
        }
      });
    },
  },
  {
    name: "rule 10: scale and bias of another type or shape are refused",
    async run({ handler, capabilities }) {
      const spec = specOf([2, 3]);
      const { ops, bias } = createLayer(handler, { mode: "spatial", spec });
      const x = hold(handler, spec, new Float32Array(6)).tensor;
      const y = hold(handler, spec, new Float32Array(6)).tensor;
      const args = { x, y, bias: bias.tensor, averagingFactor: 0.1 };
      const tensors = { x, y, ...parametersOf({ ops } as Layer) };
      for (const dataType of dataTypesOf(capabilities).filter((one) => one !== "float32")) {
        const scale = handler.createTensor(specOf([1, 3], { dataType }));
        await expectRefusal("DATA_TYPE_MISMATCH", tensors, () =>
          ops.forwardTraining({ ...args, scale }),
        );
      }
      for (const shape of [
        [1, 4],
        [1, 3, 1],
        [3, 1],
      ]) {
        const scale = handler.createTensor(specOf(shape));
        await expectRefusal("SHAPE_MISMATCH", tensors, () =>
          ops.forwardTraining({ ...args, scale }),
        );
      }
    },
  },
  {
    name: "rule 11: spatial parameters are 1, C, 1…",
    async run({ handler }) {
      for (const mode of SPATIAL_MODES) {
        const { ops } = createLayer(handler, { mode, spec: specOf([2, 3, 4, 5]) });
        expectEqual("dims", ops.scaleBiasDescriptor.dims, [1, 3, 1, 1]);
        const flat = createLayer(handler, { mode, spec: specOf([2, 3]) });
        expectEqual("dims", flat.ops.scaleBiasDescriptor.dims, [1, 3]);
      }
    },
  },
  {
    name: "rule 11: perActivation parameters are 1, C, spatial… and C-major, also for NHWC",
    async run({ handler }) {
      await forEach(FORMATS, String, async (format) => {
        const spec = specOf(dims, { format });
        const scale = [1, 2, 3, 4, 5, 6];
        const bias = [10, 20, 30, 40, 50, 60];
        const layer = createLayer(handler, { mode: "perActivation", spec, scale, bias });
        const descriptor = layer.ops.scaleBiasDescriptor;
        expectEqual("dims", descriptor.dims, [1, 2, 1, 3]);
        expectEqual("strides", descriptor.strides, [6, 3, 3, 1]);
        // Each position holds p − d and p + d, so x̂ is −1 and 1 and the mean is p.
        const x = [-1, 1].flatMap((sign) => scale.map((_, p) => p + sign * (p + 1)));
        const { y } = startTraining(layer, { spec, x, epsilon: 0, averagingFactor: 1 });
        const exact = [-1, 1].flatMap((sign) => scale.map((one, p) => bias[p] + sign * one));
        expectWithin("y", await valuesOf(y.tensor), exact, 2e-5);
        expectWithin(
          "runningMean",
          await valuesOf(layer.ops.runningMean),
          [0, 1, 2, 3, 4, 5],
          1e-5,
        );
      });
    },
  },
  {
    name: "rule 11: perActivation gradients are C-major too, in both formats",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(FORMATS, String, async (format) => {
        const spec = specOf([3, 2, 2, 3], { format });
        const layer = createLayer(handler, { mode: "perActivation", spec, random });
        const x = randomBatch(random, spec, "perActivation");
        const trained = await expectTraining(layer, { spec, x });
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
        await expectInference(layer, { spec, x });
      });
    },
  },
  {
    name: "rule 11: all modes have parameters packed in storage, whatever the strides of x",
    async run({ handler }) {
      for (const mode of MODES) {
        const spec = specOf([2, 3, 2, 2], { format: "NHWC" });
        const { ops } = createLayer(handler, { mode, spec });
        check(ops.scaleBiasDescriptor.packed, `${mode}: the parameters have gaps`);
        check(ops.scaleBiasDescriptor.format === "NCHW", `${mode}: the parameters are not C-major`);
      }
    },
  },
];
