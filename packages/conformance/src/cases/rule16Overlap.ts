import type { Tensor } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { expectWithin } from "../compare/expectSame.js";
import { geometryOf } from "../oracle/geometry.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward, expectBackwardInference } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, holdParameter, type Layer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { createFilled, valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);

/** Every tensor that a call may name, and the ops' own. */
function allTensors(layer: Layer) {
  const { handler, ops, scale, bias } = layer;
  const random = createRandom(5);
  const tensor = () => hold(handler, spec, randomValues(random, spec)).tensor;
  const parameter = () => holdParameter(handler, ops, [1, 2, 3]).tensor;
  return {
    x: tensor(),
    y: tensor(),
    z: tensor(),
    dy: tensor(),
    dx: tensor(),
    dz: tensor(),
    scale: scale.tensor,
    bias: bias.tensor,
    dScale: parameter(),
    dBias: parameter(),
    runningMean: ops.runningMean,
    runningVariance: ops.runningVariance,
    savedMean: ops.savedMean,
    savedInvVariance: ops.savedInvVariance,
  };
}

type Tensors = ReturnType<typeof allTensors>;
type Change = Partial<Record<keyof Tensors, Tensor>>;
type Overlaps = Readonly<Record<string, (tensors: Tensors) => Change>>;

const FORWARD: Overlaps = {
  "y is z": ({ z }) => ({ y: z }),
  "y is the running mean": ({ runningMean }) => ({ y: runningMean }),
  "scale is the running mean": ({ runningMean }) => ({ scale: runningMean }),
  "bias is the saved mean": ({ savedMean }) => ({ bias: savedMean }),
};

const BACKWARD: Overlaps = {
  "dx is x": ({ x }) => ({ dx: x }),
  "dz is dy": ({ dy }) => ({ dz: dy }),
  "dz is dx": ({ dx }) => ({ dz: dx }),
  "dz is x": ({ x }) => ({ dz: x }),
  "dx is y": ({ y }) => ({ dx: y }),
  "dScale is dBias": ({ dScale }) => ({ dBias: dScale }),
  "dScale is scale": ({ scale }) => ({ dScale: scale }),
  "dBias is bias": ({ bias }) => ({ dBias: bias }),
  "dBias is the running variance": ({ runningVariance }) => ({ dBias: runningVariance }),
  "dScale is the saved mean": ({ savedMean }) => ({ dScale: savedMean }),
  "scale, dScale are the saved mean": ({ savedMean }) => ({ scale: savedMean, dScale: savedMean }),
};

/** What is wrong with an overlap of an ops' own statistics in a tensor of another shape. */
const isShapeError = (name: string) => name === "y is the running mean";

export const overlapCases: readonly Case[] = [
  {
    name: "rule 16: y may be x in inference",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const mode of MODES) {
        await forEach(FORMATS, String, async (format) => {
          const like = { ...spec, format };
          const layer = createLayer(handler, { mode, spec: like, random });
          const x = randomBatch(random, like, mode);
          await expectInference(layer, { spec: like, x, inPlace: true });
          await expectInference(layer, { spec: like, x, inPlace: true, alpha: 2, beta: 0.5 });
        });
      }
    },
  },
  {
    name: "rule 16: dx may be dy",
    async run({ handler, capabilities, seed }) {
      const random = createRandom(seed);
      for (const mode of MODES) {
        await forEach(FORMATS, String, async (format) => {
          const like = { ...spec, format };
          const layer = createLayer(handler, { mode, spec: like, random });
          const x = randomBatch(random, like, mode);
          const trained = await expectTraining(layer, { spec: like, x, activation: "relu" });
          const setup = { dy: randomValues(random, like), inPlace: true };
          await expectBackward(layer, trained, { ...setup, withDz: true });
          await expectBackward(layer, trained, { ...setup, alphaData: 2, betaData: 0.5 });
          if (!capabilities.backwardInference) return;
          await expectBackwardInference(layer, trained, { ...setup, withDz: true });
        });
      }
    },
  },
  {
    name: "rule 16: inputs may share memory with inputs",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const values = randomBatch(random, spec, "spatial");
      const results = [true, false].map((shared) => {
        const layer = createLayer(handler, { mode: "spatial", spec, scale: [1, 2, 3] });
        const x = hold(handler, spec, values).tensor;
        const copy = () => (shared ? x : hold(handler, spec, values).tensor);
        const { scale } = layer;
        const bias = shared ? scale : holdParameter(handler, layer.ops, scale.values);
        const t = { ...allTensors(layer), x, scale: scale.tensor, bias: bias.tensor };
        layer.ops.forwardTraining({ ...t, z: copy(), averagingFactor: 0.1 });
        // dy is x, and so is the y that the mask comes from.
        layer.ops.backward({ ...t, dy: copy(), y: copy(), activation: "relu" });
        return { y: t.y, dx: t.dx, dScale: t.dScale, dBias: t.dBias };
      });
      const [shared, apart] = results.map(Object.entries) as [string, Tensor][][];
      for (const [i, [name, tensor]] of shared.entries()) {
        expectWithin(name, await valuesOf(tensor), await valuesOf(apart[i][1]), 1e-4);
      }
    },
  },
  {
    name: "rule 16: other overlaps of a forward are refused and nothing is written",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec });
      const tensors = allTensors(layer);
      startTraining(layer, { spec, x: new Float32Array(48).map((_, i) => i % 7) });
      await forEach(Object.entries(FORWARD), String, async ([name, change]) => {
        const call = { ...tensors, ...change(tensors), averagingFactor: 0.1 };
        const code = isShapeError(name) ? "SHAPE_MISMATCH" : "OVERLAPPING_MEMORY";
        await expectRefusal(code, tensors, () => layer.ops.forwardTraining(call));
      });
      const inPlace = { ...tensors, y: tensors.x, averagingFactor: 0.1 };
      await expectRefusal("OVERLAPPING_MEMORY", tensors, () => layer.ops.forwardTraining(inPlace));
      for (const change of [{ y: tensors.z }, { y: tensors.x, z: tensors.x }]) {
        await expectRefusal("OVERLAPPING_MEMORY", tensors, () =>
          layer.ops.forwardInference({ ...tensors, ...change }),
        );
      }
    },
  },
  {
    name: "rule 16: other overlaps of a backward are refused and nothing is written",
    async run({ handler, capabilities }) {
      const layer = createLayer(handler, { mode: "spatial", spec });
      const tensors = allTensors(layer);
      startTraining(layer, { spec, x: new Float32Array(48).map((_, i) => i % 7) });
      await forEach(Object.entries(BACKWARD), String, async ([, change]) => {
        const call = { ...tensors, ...change(tensors), activation: "relu" } as const;
        await expectRefusal("OVERLAPPING_MEMORY", tensors, () => layer.ops.backward(call));
        if (!capabilities.backwardInference) return;
        await expectRefusal("OVERLAPPING_MEMORY", tensors, () => layer.ops.backwardInference(call));
      });
    },
  },
  {
    name: "rule 16: an output whose strides overlap is refused and nothing is written",
    skip: needs.arbitraryStrides,
    async run({ handler }) {
      // Elements (0, 1) and (1, 0) share a place, which is fine for an input only.
      const folded = specOf([2, 3], { strides: [1, 1] });
      const layer = createLayer(handler, { mode: "spatial", spec: folded });
      const { ops, scale, bias } = layer;
      const tensor = () => createFilled(handler, folded, geometryOf("spatial", [2, 3]).groupOf);
      const tensors = {
        x: tensor(),
        y: tensor(),
        dy: tensor(),
        dx: tensor(),
        scale: scale.tensor,
        bias: bias.tensor,
        dScale: holdParameter(handler, ops, [1, 2, 3]).tensor,
        dBias: holdParameter(handler, ops, [1, 2, 3]).tensor,
      };
      const code = "OVERLAPPING_MEMORY";
      await expectRefusal(code, tensors, () => ops.forwardInference(tensors));
      await expectRefusal(code, tensors, () =>
        ops.forwardTraining({ ...tensors, averagingFactor: 0.1 }),
      );
      await expectRefusal(code, tensors, () => ops.backward(tensors));
    },
  },
];
