import type { Handler } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { forEach } from "../rig/each.js";
import { createLayer } from "../rig/layer.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { startTraining } from "../rig/train.js";

/** One value in each of four batch items: mean 2.5, variance 1.25 biased and 5/3 unbiased. */
const spec = specOf([4, 1]);
const x = [1, 2, 3, 4];
const ones = { scale: [1], bias: [0] };

/** Far from 0, these are exact in float32, but neither their mean nor the square of it in float64. */
const SEVEN = [0, 1, 2, 3, 4, 5, 7];

async function expectVarianceAround(handler: Handler, offset: number): Promise<void> {
  const seven = specOf([7, 1]);
  const mean = 22 / 7;
  const variance = SEVEN.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6;
  await forEach(MODES, String, async (mode) => {
    const layer = createLayer(handler, { mode, spec: seven, ...ones });
    const values = SEVEN.map((value) => value + offset);
    startTraining(layer, { spec: seven, x: values, averagingFactor: 1 });
    const { runningMean, runningVariance } = layer.ops;
    expectWithin("runningVariance", await valuesOf(runningVariance), [variance], 2e-6 * variance);
    expectWithin("runningMean", await valuesOf(runningMean), [offset + mean], 2e-6 * offset);
  });
}

/** Rules 1 and 2, with numbers worked out by hand. */
export const varianceCases: readonly Case[] = [
  {
    name: "rule 1: the normalising variance is biased",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, ...ones });
        const { y } = startTraining(layer, { spec, x, epsilon: 0 });
        const exact = x.map((value) => (value - 2.5) / Math.sqrt(1.25));
        expectWithin("y", await valuesOf(y.tensor), exact, 5e-7);
      });
    },
  },
  {
    name: "rule 1: the variance is not E[x²] − E[x]²",
    // The squares of these need more digits than float32 has; their deviations do not.
    run: ({ handler }) => expectVarianceAround(handler, 4096),
  },
  {
    name: "rule 1: the variance is not E[x²] − E[x]², even in float64",
    skip: needs.extendedMean,
    run: ({ handler }) => expectVarianceAround(handler, 2 ** 23),
  },
  {
    name: "rule 1: the variance of a constant channel is exactly 0",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, ...ones, bias: [3] });
        const call = { spec, x: [4097, 4097, 4097, 4097], averagingFactor: 1 };
        const { y } = startTraining(layer, call);
        expectEqual("y", await valuesOf(y.tensor), [3, 3, 3, 3]);
        expectEqual("runningMean", await valuesOf(layer.ops.runningMean), [4097]);
        expectEqual("runningVariance", await valuesOf(layer.ops.runningVariance), [0]);
      });
    },
  },
  {
    name: "rule 2: running variance is unbiased",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, ...ones });
        startTraining(layer, { spec, x, averagingFactor: 1 });
        expectWithin("runningVariance", await valuesOf(layer.ops.runningVariance), [5 / 3], 3e-6);
      });
    },
  },
  {
    name: 'rule 2: running variance is biased with runningVariance: "biased"',
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const options = { runningVariance: "biased" } as const;
        const layer = createLayer(handler, { mode, spec, ...ones, options });
        startTraining(layer, { spec, x, averagingFactor: 1 });
        expectWithin("runningVariance", await valuesOf(layer.ops.runningVariance), [1.25], 2e-6);
      });
    },
  },
];
