import type { Handler } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { round } from "../compare/storage.js";
import { randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer } from "../rig/layer.js";
import { createRandom, type Random } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, type Trained } from "../rig/train.js";

const dims = [16, 4, 14, 14];

/** float32 values with this mean and standard deviation 1, in every channel. */
function offsetValues(random: Random, mean: number): Float64Array {
  return randomValues(random, specOf(dims)).map((value) => round("float32", value + mean));
}

/** scale 1 and bias 0. */
function plainLayer(handler: Handler, format: "NCHW" | "NHWC") {
  const spec = specOf(dims, { format });
  const ones = new Float32Array(4).fill(1);
  return {
    spec,
    layer: createLayer(handler, { mode: "spatial", spec, scale: ones, bias: [0, 0, 0, 0] }),
  };
}

function worstError({ y, expected }: Trained): number {
  return y.values.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - expected.y.values[i])),
    0,
  );
}

export const accuracyCases: readonly Case[] = [
  {
    name: "rule 17: no accuracy is lost to folding at |mean|/std = 1000",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(FORMATS, String, async (format) => {
        const { spec, layer } = plainLayer(handler, format);
        const trained = await expectTraining(layer, { spec, x: offsetValues(random, 1000) });
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
      });
    },
  },
  {
    name: "rule 17: scale 0 gives y = bias and dx = 0 exactly",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const spec = specOf([4, 2, 3, 3]);
      const layer = createLayer(handler, { mode: "spatial", spec, scale: [0, 0], bias: [5, -0.1] });
      const x = randomValues(random, spec);
      const trained = await expectTraining(layer, { spec, x });
      const bias = x.map((_, i) => Math.fround(Math.floor(i / 9) % 2 === 0 ? 5 : -0.1));
      expectEqual("y", trained.y.values, bias);
      const { dx } = await expectBackward(layer, trained, { dy: randomValues(random, spec) });
      expectEqual("dx", await valuesOf(dx.tensor), new Float32Array(x.length));
    },
  },
  {
    name: "accuracy: float32 y is within 4 ULP at |mean|/std up to 10",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach([0, 1, -3, 10], String, async (mean) => {
        const spec = specOf(dims);
        const layer = createLayer(handler, { mode: "spatial", spec, random });
        const trained = await expectTraining(layer, { spec, x: offsetValues(random, mean) });
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
      });
    },
  },
  {
    name: "accuracy: y is within 1e-5 at |mean|/std = 1e5",
    skip: needs.extendedMean,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(FORMATS, String, async (format) => {
        const { spec, layer } = plainLayer(handler, format);
        const error = worstError(
          await expectTraining(layer, { spec, x: offsetValues(random, 1e5) }),
        );
        check(error < 1e-5, `y is off by ${error}`);
      });
    },
  },
  {
    name: "accuracy: y is within 4e-7 · |mean|/std with one word of mean",
    skip: needs.plainMean,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach([1e2, 1e3, 1e4, 1e5], String, async (mean) => {
        const { spec, layer } = plainLayer(handler, "NCHW");
        const trained = await expectTraining(layer, { spec, x: offsetValues(random, mean) });
        const error = worstError(trained);
        check(error < 4e-7 * mean, `y is off by ${error}`);
      });
    },
  },
  {
    name: "accuracy: the low word of the mean reaches backward (|mean|/std = 1e5)",
    skip: needs.extendedMean,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const format of FORMATS) {
        await forEach(
          MODES,
          (mode) => `${mode} ${format}`,
          async (mode) => {
            const spec = specOf([64, 3, 2, 2], { format });
            const layer = createLayer(handler, { mode, spec, random });
            const x = randomValues(random, spec).map((value) => round("float32", value + 1e5));
            const trained = await expectTraining(layer, { spec, x });
            // A gradient with a mean of its own, which a wrong mean of x would leak into dScale.
            const dy = randomValues(random, spec).map((value) => value + 1);
            await expectBackward(layer, trained, { dy });
          },
        );
      }
    },
  },
  {
    name: "accuracy: inference is within 1e-5 at |mean|/std = 1e5",
    skip: needs.extendedMean,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const { spec, layer } = plainLayer(handler, "NCHW");
      await layer.ops.runningMean.write([1e5, -1e5, 1e5, -1e5]);
      const x = randomValues(random, spec).map((value, i) => {
        const sign = Math.floor(i / 196) % 2 === 0 ? 1 : -1;
        return round("float32", value + sign * 1e5);
      });
      const { values } = await expectInference(layer, { spec, x, epsilon: 0 });
      const exact = x.map((value, i) => value - (Math.floor(i / 196) % 2 === 0 ? 1e5 : -1e5));
      expectWithin("y", values, exact, 1e-5);
    },
  },
  {
    name: "accuracy: float64 is float64 throughout",
    skip: needs.dataType("float64"),
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(MODES, String, async (mode) => {
        const spec = specOf([6, 3, 4, 4], { dataType: "float64" });
        const layer = createLayer(handler, { mode, spec, random });
        const x = randomValues(random, spec).map((value) => value / 3 + 10);
        const trained = await expectTraining(layer, { spec, x });
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
        await expectInference(layer, { spec, x });
      });
    },
  },
];
