import type { Case } from "../case.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { forEach } from "../rig/each.js";
import { createLayer, hold, type Layer } from "../rig/layer.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { startTraining } from "../rig/train.js";

/** Mean 2.5, unbiased variance 5/3. */
const spec = specOf([4, 1]);
const x = [1, 2, 3, 4];
const setup = { spec, scale: [1], bias: [0] };

async function expectRunning({ ops }: Layer, mean: number, variance: number): Promise<void> {
  expectWithin("runningMean", await valuesOf(ops.runningMean), [mean], 2e-6 * 2.5);
  expectWithin("runningVariance", await valuesOf(ops.runningVariance), [variance], 2e-6 * 2);
}

/** Rules 4 to 6: how the running statistics follow those of the batches. */
export const averagingCases: readonly Case[] = [
  {
    name: "rule 4: averagingFactor is the weight of the new value",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, ...setup });
        startTraining(layer, { spec, x, averagingFactor: 0.25 });
        await expectRunning(layer, 0.25 * 2.5, 0.75 + (0.25 * 5) / 3);
      });
    },
  },
  {
    name: "rule 4: averagingFactor 0 leaves the running statistics as they are",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, ...setup });
        await layer.ops.runningMean.write([0.1]);
        await layer.ops.runningVariance.write([0.7]);
        startTraining(layer, { spec, x, averagingFactor: 0 });
        const { ops } = layer;
        expectEqual("runningMean", await valuesOf(ops.runningMean), [Math.fround(0.1)]);
        expectEqual("runningVariance", await valuesOf(ops.runningVariance), [Math.fround(0.7)]);
      });
    },
  },
  {
    name: "rule 4: averagingFactor is required and lies between 0 and 1; else nothing is written",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", ...setup });
      const { ops, scale, bias } = layer;
      const tensors = {
        x: hold(handler, spec, x).tensor,
        y: hold(handler, spec, x).tensor,
        scale: scale.tensor,
        bias: bias.tensor,
      };
      const all = {
        ...tensors,
        runningMean: ops.runningMean,
        runningVariance: ops.runningVariance,
        savedMean: ops.savedMean,
        savedInvVariance: ops.savedInvVariance,
      };
      for (const wrong of [-0.1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, undefined, "0.1"]) {
        const averagingFactor = wrong as number;
        await expectRefusal("INVALID_ARGUMENT", all, () =>
          ops.forwardTraining({ ...tensors, averagingFactor }),
        );
      }
    },
  },
  {
    name: "rule 5: averagingFactor 1 overwrites, so that an old NaN is gone",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, ...setup });
        await layer.ops.runningMean.write([Number.NaN]);
        await layer.ops.runningVariance.write([Number.POSITIVE_INFINITY]);
        startTraining(layer, { spec, x, averagingFactor: 1 });
        await expectRunning(layer, 2.5, 5 / 3);
      });
    },
  },
  {
    name: "rule 6: fresh running statistics are mean 0 and variance 1",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const { ops } = createLayer(handler, { mode, spec: specOf([2, 5]) });
        expectEqual("runningMean", await valuesOf(ops.runningMean), [0, 0, 0, 0, 0]);
        expectEqual("runningVariance", await valuesOf(ops.runningVariance), [1, 1, 1, 1, 1]);
      });
    },
  },
];
