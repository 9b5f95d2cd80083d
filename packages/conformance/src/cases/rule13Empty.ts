import { type Case, needs } from "../case.js";
import { expectError } from "../compare/expectRefusal.js";
import { expectEqual } from "../compare/expectSame.js";
import { expectUnchanged, snapshot } from "../compare/snapshot.js";
import { forEach } from "../rig/each.js";
import { createLayer, hold, holdParameter, type Layer } from "../rig/layer.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { startTraining } from "../rig/train.js";

const full = specOf([2, 3, 2]);
const empty = specOf([0, 3, 2]);
const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];

/** Tensors for a backward of the empty x; the gradients hold 7 before. */
function emptyBackward({ handler, ops, scale }: Layer) {
  const tensor = () => hold(handler, empty, []).tensor;
  const parameter = () =>
    holdParameter(handler, ops, new Float32Array(scale.values.length).fill(7)).tensor;
  return {
    x: tensor(),
    dy: tensor(),
    dx: tensor(),
    scale: scale.tensor,
    dScale: parameter(),
    dBias: parameter(),
  };
}

async function expectParameterGradients(
  { dScale, dBias }: ReturnType<typeof emptyBackward>,
  value: number,
): Promise<void> {
  const all = new Float32Array(dScale.descriptor.elementCount).fill(value);
  expectEqual("dScale", await valuesOf(dScale), all);
  expectEqual("dBias", await valuesOf(dBias), all);
}

export const emptyCases: readonly Case[] = [
  {
    name: "rule 13: an empty batch leaves running and saved statistics untouched",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec: full });
        startTraining(layer, { spec: full, x: values });
        const { ops, scale, bias } = layer;
        const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
        const statistics = { runningMean, runningVariance, savedMean, savedInvVariance };
        const before = await snapshot(statistics);
        startTraining(layer, { spec: empty, x: [], averagingFactor: 1 });
        const x = hold(handler, empty, []).tensor;
        const y = hold(handler, empty, []).tensor;
        ops.forwardInference({ x, y, scale: scale.tensor, bias: bias.tensor });
        ops.backward(emptyBackward(layer));
        await expectUnchanged(statistics, before);
      });
    },
  },
  {
    name: "rule 13: the parameter gradients of an empty batch are 0",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec: full });
        const tensors = emptyBackward(layer);
        layer.ops.backward(tensors);
        await expectParameterGradients(tensors, 0);
      });
    },
  },
  {
    name: "rule 13: the parameter gradients of an empty batch are blended",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec: full });
      const tensors = emptyBackward(layer);
      layer.ops.backward({ ...tensors, alphaParam: 3, betaParam: 0.5 });
      await expectParameterGradients(tensors, 3.5);
    },
  },
  {
    name: "rule 13: the parameter gradients of an empty inference are 0",
    skip: needs.backwardInference,
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec: full });
        const tensors = emptyBackward(layer);
        layer.ops.backwardInference(tensors);
        await expectParameterGradients(tensors, 0);
      });
    },
  },
  {
    name: "rule 13: no spatial positions are an empty batch in the spatial modes only",
    async run({ handler }) {
      const spec = specOf([2, 3, 0]);
      const layer = createLayer(handler, { mode: "spatial", spec });
      startTraining(layer, { spec, x: [], averagingFactor: 1 });
      expectEqual("runningMean", await valuesOf(layer.ops.runningMean), [0, 0, 0]);
      await expectError("INVALID_DESCRIPTOR", () =>
        createLayer(handler, { mode: "perActivation", spec }),
      );
    },
  },
  {
    name: "rule 13: C = 0 is refused",
    async run({ handler }) {
      await expectError("INVALID_DESCRIPTOR", () => handler.createTensor(specOf([2, 0, 3])));
    },
  },
];
