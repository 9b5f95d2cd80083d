import type { Handler, TensorSpec } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { forEach } from "../rig/each.js";
import { createLayer, hold } from "../rig/layer.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { startTraining } from "../rig/train.js";

const spec = specOf([4, 1]);
/** Mean 0, biased variance 1. */
const x = [1, -1, 1, -1];
const ones = { scale: [1], bias: [0] };
const constant = [5, 5, 5, 5];

/** Of a constant channel nothing but epsilon is left. */
async function expectKept(handler: Handler, like: TensorSpec, epsilon: number): Promise<void> {
  const inverse = 1 / Math.sqrt(epsilon);
  const digits = like.dataType === "float64" ? 1e-12 : 1e-6;
  await forEach(MODES, String, async (mode) => {
    const layer = createLayer(handler, { mode, spec: like, scale: [2], bias: [3] });
    const { y } = startTraining(layer, { spec: like, x: constant, epsilon });
    const saved = await valuesOf(layer.ops.savedInvVariance);
    expectWithin("savedInvVariance", saved, [inverse], digits * inverse);
    expectEqual("y", await valuesOf(y.tensor), [3, 3, 3, 3]);
  });
}

export const epsilonCases: readonly Case[] = [
  {
    name: "rule 7: epsilon is added to the variance, inside the square root",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, ...ones });
        const { y } = startTraining(layer, { spec, x, epsilon: 3 });
        const halves = x.map((value) => value / 2);
        expectWithin("y of training", await valuesOf(y.tensor), halves, 2e-7);
        const inverse = await valuesOf(layer.ops.savedInvVariance);
        expectWithin("savedInvVariance", inverse, [0.5], 2e-7);
        // Running statistics are still those of before the second call: mean 0, variance about 1.
        await layer.ops.runningVariance.write([1]);
        const given = hold(handler, spec, x).tensor;
        const out = hold(handler, spec, x).tensor;
        const parameters = { scale: layer.scale.tensor, bias: layer.bias.tensor };
        layer.ops.forwardInference({ x: given, y: out, ...parameters, epsilon: 3 });
        expectWithin("y of inference", await valuesOf(out), halves, 2e-7);
      });
    },
  },
  {
    name: "rule 7: the default epsilon of a forward is 1e-5",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec, ...ones });
      const [given, y] = [hold(handler, spec, constant), hold(handler, spec, x)];
      const parameters = { scale: layer.scale.tensor, bias: layer.bias.tensor };
      layer.ops.forwardTraining({
        x: given.tensor,
        y: y.tensor,
        ...parameters,
        averagingFactor: 1,
      });
      const inverse = await valuesOf(layer.ops.savedInvVariance);
      expectWithin("savedInvVariance", inverse, [1 / Math.sqrt(1e-5)], 1e-3);
    },
  },
  {
    name: "rule 7: a small epsilon is kept exactly",
    run: ({ handler }) => expectKept(handler, spec, 1e-30),
  },
  {
    name: "rule 7: an epsilon too small for float32 is kept exactly",
    skip: needs.extendedMean,
    run: ({ handler }) => expectKept(handler, spec, 1e-60),
  },
  {
    name: "rule 7: epsilon 1e-300 is kept exactly in float64",
    skip: needs.dataType("float64"),
    run: ({ handler }) => expectKept(handler, { ...spec, dataType: "float64" }, 1e-300),
  },
  {
    name: "rule 7: epsilon 0.1 is not rounded to float32 in float64",
    skip: needs.dataType("float64"),
    async run({ handler }) {
      const wide = { ...spec, dataType: "float64" } as const;
      const layer = createLayer(handler, { mode: "spatial", spec: wide, ...ones });
      startTraining(layer, { spec: wide, x: constant, epsilon: 0.1 });
      const inverse = await valuesOf(layer.ops.savedInvVariance);
      expectWithin("savedInvVariance", inverse, [1 / Math.sqrt(0.1)], 4e-12);
    },
  },
  {
    name: "rule 7: variance + epsilon = 0 follows IEEE: NaN in y, infinite inverse deviation",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, ...ones });
        const { y } = startTraining(layer, { spec, x: constant, epsilon: 0 });
        expectEqual("y", await valuesOf(y.tensor), new Array<number>(4).fill(Number.NaN));
        const inverse = await valuesOf(layer.ops.savedInvVariance);
        expectEqual("savedInvVariance", inverse, [Number.POSITIVE_INFINITY]);
      });
    },
  },
  {
    name: "rule 7: a negative or non-finite epsilon is refused and nothing is written",
    async run({ handler }) {
      const { ops, scale, bias } = createLayer(handler, { mode: "spatial", spec });
      const tensors = {
        x: hold(handler, spec, x).tensor,
        y: hold(handler, spec, constant).tensor,
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
      for (const wrong of [-1e-5, Number.NaN, Number.POSITIVE_INFINITY, "1e-5"]) {
        const call = { ...tensors, epsilon: wrong as number };
        await expectRefusal("INVALID_ARGUMENT", all, () =>
          ops.forwardTraining({ ...call, averagingFactor: 0.1 }),
        );
        await expectRefusal("INVALID_ARGUMENT", all, () => ops.forwardInference(call));
      }
    },
  },
];
