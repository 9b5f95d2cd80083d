import type { Case, Context } from "../case.js";
import { expectError, expectRefusal } from "../compare/expectRefusal.js";
import { expectWithin } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { createLayer, hold, holdParameter, type Layer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);

/** Tensors for a backward of this x, so that a refusal can be seen to write nothing. */
function backwardTensors({ handler, ops, scale }: Layer, dims = spec.dims) {
  const like = specOf(dims);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const tensor = () => hold(handler, like, new Float32Array(count).fill(2)).tensor;
  const parameter = () => holdParameter(handler, ops, [4, 5, 6]).tensor;
  return {
    x: tensor(),
    dy: tensor(),
    dx: tensor(),
    scale: scale.tensor,
    dScale: parameter(),
    dBias: parameter(),
  };
}

function trainedLayer({ handler, seed }: Context) {
  const random = createRandom(seed);
  const layer = createLayer(handler, { mode: "spatial", spec, random });
  const x = randomBatch(random, spec, "spatial");
  return { layer, random, x };
}

export const savedCases: readonly Case[] = [
  {
    name: "rule 8: saved are the mean and 1/sqrt(variance + epsilon)",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const one = specOf([4, 1]);
        const layer = createLayer(handler, { mode, spec: one, scale: [9], bias: [9] });
        startTraining(layer, { spec: one, x: [1, 2, 3, 4], epsilon: 1 });
        const { savedMean, savedInvVariance } = layer.ops;
        expectWithin("savedMean", await valuesOf(savedMean), [2.5], 1e-6);
        expectWithin("savedInvVariance", await valuesOf(savedInvVariance), [2 / 3], 1e-6);
      });
    },
  },
  {
    name: "rule 8: backward before any forward is SAVED_STATISTICS_MISMATCH",
    async run(context) {
      const { layer } = trainedLayer(context);
      const tensors = backwardTensors(layer);
      await expectRefusal("SAVED_STATISTICS_MISMATCH", tensors, () => layer.ops.backward(tensors));
    },
  },
  {
    name: "rule 8: backward of another x or another epsilon is SAVED_STATISTICS_MISMATCH",
    async run(context) {
      const { layer, x } = trainedLayer(context);
      const { ops } = layer;
      startTraining(layer, { spec, x, epsilon: 1e-3 });
      const same = backwardTensors(layer);
      const other = backwardTensors(layer, [2, 3, 2, 2]);
      const code = "SAVED_STATISTICS_MISMATCH";
      await expectRefusal(code, other, () => ops.backward(other));
      await expectRefusal(code, same, () => ops.backward({ ...same, epsilon: 1e-5 }));
      await expectRefusal(code, same, () => ops.backward({ ...same, saved: ops.createSaved() }));
      ops.backward({ ...same, epsilon: 1e-3 });
    },
  },
  {
    name: "rule 8: backward after reset is SAVED_STATISTICS_MISMATCH again",
    async run(context) {
      const { layer, x } = trainedLayer(context);
      startTraining(layer, { spec, x });
      const tensors = backwardTensors(layer);
      layer.ops.reset();
      await expectRefusal("NOT_STAGED", tensors, () => layer.ops.backward(tensors));
      layer.ops.stage(spec);
      await expectRefusal("SAVED_STATISTICS_MISMATCH", tensors, () => layer.ops.backward(tensors));
    },
  },
  {
    name: "rule 8: saved statistics of another ops or disposed ones are refused",
    async run(context) {
      const { layer } = trainedLayer(context);
      const stranger = createLayer(context.handler, { mode: "spatial", spec }).ops.createSaved();
      const tensors = backwardTensors(layer);
      await expectRefusal("HANDLER_MISMATCH", tensors, () =>
        layer.ops.backward({ ...tensors, saved: stranger }),
      );
      const saved = layer.ops.createSaved();
      saved.dispose();
      await expectRefusal("DISPOSED", tensors, () => layer.ops.backward({ ...tensors, saved }));
    },
  },
  {
    name: "rule 8: two forwards may precede their backwards, each with its own saved statistics",
    async run(context) {
      const { layer, random, x } = trainedLayer(context);
      const saved = [layer.ops.createSaved(), layer.ops.createSaved()];
      const later = randomBatch(random, spec, "spatial");
      const first = await expectTraining(layer, { spec, x, saved: saved[0] });
      const second = await expectTraining(layer, { spec, x: later, saved: saved[1] });
      const third = await expectTraining(layer, { spec, x: randomValues(random, spec) });
      for (const trained of [first, third, second]) {
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
      }
    },
  },
  {
    name: "rule 8: a backward with other saved statistics does not disturb them",
    async run(context) {
      const { layer, random, x } = trainedLayer(context);
      const trained = await expectTraining(layer, { spec, x, epsilon: 1e-3 });
      const dy = randomValues(random, spec);
      await expectBackward(layer, trained, { dy });
      await expectBackward(layer, trained, { dy, epsilon: 1e-3 });
    },
  },
  {
    name: "rule 8: without saved statistics backward needs epsilon and computes them again",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(MODES, String, async (mode) => {
        const options = { savedStatistics: false };
        const layer = createLayer(handler, { mode, spec, options, random });
        const x = randomBatch(random, spec, mode);
        const trained = await expectTraining(layer, { spec, x, epsilon: 1e-3 });
        const dy = randomValues(random, spec);
        await expectError("INVALID_ARGUMENT", () => expectBackward(layer, trained, { dy }));
        await expectError("STATISTICS_DISABLED", () => layer.ops.savedMean);
        await expectBackward(layer, trained, { dy, epsilon: 1e-3 });
      });
    },
  },
];
