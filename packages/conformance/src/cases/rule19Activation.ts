import { type Case, needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward, expectBackwardInference } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, holdParameter } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);
/** One channel of mean 0 and variance 1, so that y is x where scale is 1 and bias 0. */
const tiny = specOf([4, 1]);
const unit = [1, -1, 1, -1];

export const activationCases: readonly Case[] = [
  {
    name: "rule 19: batch norm first, then + z, then ReLU",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec: tiny, scale: [1], bias: [0] });
        const z = [-3, 3, 0.5, 0.5];
        const call = { spec: tiny, x: unit, z, epsilon: 0 };
        const plain = startTraining(layer, call).y;
        expectWithin("y", await valuesOf(plain.tensor), [-2, 2, 1.5, -0.5], 1e-6);
        const fused = startTraining(layer, { ...call, activation: "relu" }).y;
        expectWithin("y with relu", await valuesOf(fused.tensor), [0, 2, 1.5, 0], 1e-6);
      });
    },
  },
  {
    name: "rule 19: fused training and its gradients, with and without z",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const mode of MODES) {
        await forEach(FORMATS, String, async (format) => {
          const like = { ...spec, format };
          const layer = createLayer(handler, { mode, spec: like, random });
          for (const z of [undefined, randomValues(random, like)]) {
            const x = randomBatch(random, like, mode);
            const call = { spec: like, x, z, activation: "relu" } as const;
            const trained = await expectTraining(layer, call);
            const dy = randomValues(random, like);
            await expectBackward(layer, trained, { dy, withDz: z !== undefined });
            await expectInference(layer, call);
          }
        });
      }
    },
  },
  {
    name: "rule 19: z without an activation, and its gradient is dy",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      const z = randomValues(random, spec);
      const x = randomBatch(random, spec, "spatial");
      const trained = await expectTraining(layer, { spec, x, z });
      const dy = randomValues(random, spec);
      const { dz } = await expectBackward(layer, trained, { dy, withDz: true });
      expectEqual("dz", await valuesOf((dz as NonNullable<typeof dz>).tensor), dy);
      await expectInference(layer, { spec, x, z, alpha: 2 });
    },
  },
  {
    name: "rule 19: the mask comes from the stored y: 0 where y ≤ 0, and NaN passes",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec: tiny, random });
      const trained = await expectTraining(layer, { spec: tiny, x: [1, 2, 3, 5] });
      const stored = [0, -0, 2 ** -126, Number.NaN];
      const y = hold(handler, tiny, stored);
      const masked = { ...trained, y, activation: "relu" } as const;
      const call = { dy: [10, 20, 30, 40], withDz: true };
      const { dz } = await expectBackward(layer, masked, call);
      expectEqual("dz", await valuesOf((dz as NonNullable<typeof dz>).tensor), [0, 0, 30, 40]);
    },
  },
  {
    name: "rule 19: a gradient that the mask blocks does not count, even if it is NaN",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec: tiny, random });
      const trained = await expectTraining(layer, { spec: tiny, x: [1, 2, 3, 5] });
      const y = hold(handler, tiny, [0, 1, 2, -3]);
      const masked = { ...trained, y, activation: "relu" } as const;
      const dy = [Number.NaN, 20, 30, Number.POSITIVE_INFINITY];
      await expectBackward(layer, masked, { dy, withDz: true });
    },
  },
  {
    name: "rule 19: NaN passes through ReLU in the forwards",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec: tiny, scale: [1], bias: [0] });
      const z = [Number.NaN, -5, 5, Number.NEGATIVE_INFINITY];
      const fused = { spec: tiny, x: unit, z, activation: "relu" } as const;
      const { y } = startTraining(layer, fused);
      const [first, second, , last] = await valuesOf(y.tensor);
      check(Number.isNaN(first), `NaN became ${first}`);
      check(second === 0 && last === 0, `negative values became ${second} and ${last}`);
      await expectInference(layer, { spec: tiny, x: [Number.NaN, 1, -1, 1], activation: "relu" });
    },
  },
  {
    name: "rule 19: fused gradients of inference",
    skip: needs.backwardInference,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, random });
        const call = { spec, x: randomBatch(random, spec, mode), z: randomValues(random, spec) };
        const trained = await expectTraining(layer, { ...call, activation: "relu" });
        const y = await expectInference(layer, { ...call, activation: "relu" });
        const dy = randomValues(random, spec);
        await expectBackwardInference(layer, { ...trained, y }, { dy, withDz: true });
      });
    },
  },
  {
    name: "rule 19: an activation needs alpha 1 and beta 0, or nothing is written",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec: tiny });
      const { ops, scale, bias } = layer;
      const tensors = {
        x: hold(handler, tiny, unit).tensor,
        y: hold(handler, tiny, unit).tensor,
        scale: scale.tensor,
        bias: bias.tensor,
      };
      const all = { ...tensors, runningMean: ops.runningMean, savedMean: ops.savedMean };
      for (const wrong of [{ alpha: 2 }, { beta: 1 }, { activation: "gelu" as "relu" }]) {
        const call = { ...tensors, activation: "relu", ...wrong } as const;
        await expectRefusal("INVALID_ARGUMENT", all, () => ops.forwardInference(call));
        await expectRefusal("INVALID_ARGUMENT", all, () =>
          ops.forwardTraining({ ...call, averagingFactor: 0.1 }),
        );
      }
    },
  },
  {
    name: "rule 19: backward through ReLU needs y and bias, or nothing is written",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec: tiny });
      const { ops, scale, bias } = layer;
      const { x, y } = startTraining(layer, { spec: tiny, x: unit, activation: "relu" });
      const tensors = {
        x: x.tensor,
        y: y.tensor,
        scale: scale.tensor,
        bias: bias.tensor,
        dy: hold(handler, tiny, unit).tensor,
        dx: hold(handler, tiny, unit).tensor,
        dScale: holdParameter(handler, ops, [1]).tensor,
        dBias: holdParameter(handler, ops, [2]).tensor,
      };
      for (const missing of ["y", "bias"]) {
        const call = { ...tensors, [missing]: undefined, activation: "relu" } as const;
        await expectRefusal("INVALID_ARGUMENT", tensors, () => ops.backward(call));
      }
    },
  },
];
