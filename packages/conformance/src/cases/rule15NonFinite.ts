import type { Tensor, TensorSpec } from "@batchnorm/core";
import type { Case, Context } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectEqual, expectFinite } from "../compare/expectSame.js";
import { round } from "../compare/storage.js";
import { geometryOf } from "../oracle/geometry.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, holdParameter, type Layer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const POISONS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const dims = [4, 3, 3, 3];
const area = 9;
/** An element of the middle channel. */
const place = 2 * 3 * area + area + 4;

function withPoison(x: Float64Array, poison: number): Float64Array {
  return x.map((value, index) => (index === place ? poison : value));
}

/** Everything that one training forward and its backward write. */
async function trainingResults(layer: Layer, spec: TensorSpec, x: Float64Array, dy: Float64Array) {
  const { handler, ops, scale } = layer;
  const forward = startTraining(layer, { spec, x });
  const [dx, gradient] = [hold(handler, spec, dy).tensor, hold(handler, spec, dy).tensor];
  const zeros = new Float64Array(scale.values.length);
  const dScale = holdParameter(handler, ops, zeros).tensor;
  const dBias = holdParameter(handler, ops, zeros).tensor;
  ops.backward({ x: forward.x.tensor, dy: gradient, dx, scale: scale.tensor, dScale, dBias });
  const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
  const statistics = { runningMean, runningVariance, savedMean, savedInvVariance };
  return { elements: { y: forward.y.tensor, dx }, statistics, gradients: { dScale, dBias } };
}

/** Values outside `poisoned` are as without the poison; they may differ by rounding. */
async function expectCleanAlike(
  got: Record<string, Tensor>,
  wanted: Record<string, Tensor>,
  isPoisoned: (index: number) => boolean,
): Promise<void> {
  for (const [name, tensor] of Object.entries(got)) {
    const clean = await valuesOf(wanted[name]);
    (await valuesOf(tensor)).forEach((value, i) => {
      const alike = Math.abs(value - clean[i]) <= 1e-5 * (1 + Math.abs(clean[i]));
      check(isPoisoned(i) || alike, `${name}[${i}]: ${value}, and ${clean[i]} without the poison`);
    });
  }
}

async function expectAllNonFinite(
  tensors: Record<string, Tensor>,
  isPoisoned: (index: number) => boolean,
): Promise<void> {
  for (const [name, tensor] of Object.entries(tensors)) {
    (await valuesOf(tensor)).forEach((value, i) => {
      check(!isPoisoned(i) || !Number.isFinite(value), `${name}[${i}] is ${value}`);
    });
  }
}

interface Poisoned {
  readonly got: Awaited<ReturnType<typeof trainingResults>>;
  /** The same without the poison. */
  readonly clean: Awaited<ReturnType<typeof trainingResults>>;
  /** Of an element: it belongs to the group with the poison. */
  readonly inGroup: (index: number) => boolean;
  /** Of a statistic: it is that of the group with the poison. */
  readonly isGroup: (group: number) => boolean;
}

/** Trains with and without each poison, in each mode and format. */
async function forEachPoison(
  { handler, seed }: Context,
  expectResults: (poisoned: Poisoned) => Promise<void>,
): Promise<void> {
  const random = createRandom(seed);
  for (const mode of MODES) {
    const { groupOf } = geometryOf(mode, dims);
    for (const format of FORMATS) {
      const spec = specOf(dims, { format });
      const x = randomBatch(random, spec, mode);
      const dy = randomValues(random, spec);
      const layer = () => createLayer(handler, { mode, spec });
      const clean = await trainingResults(layer(), spec, x, dy);
      await forEach(
        POISONS,
        (poison) => `${mode} ${format} ${poison}`,
        async (poison) => {
          const got = await trainingResults(layer(), spec, withPoison(x, poison), dy);
          const inGroup = (index: number) => groupOf[index] === groupOf[place];
          await expectResults({ got, clean, inGroup, isGroup: (g) => g === groupOf[place] });
        },
      );
    }
  }
}

export const nonFiniteCases: readonly Case[] = [
  {
    name: "rule 15: NaN or Inf in x makes all of y and the statistics of its channel non-finite",
    run: (context) =>
      forEachPoison(context, async ({ got: { elements, statistics }, inGroup, isGroup }) => {
        await expectAllNonFinite({ y: elements.y }, inGroup);
        const { runningMean, runningVariance, savedMean } = statistics;
        await expectAllNonFinite({ runningMean, runningVariance, savedMean }, isGroup);
      }),
  },
  {
    name: "rule 15: NaN or Inf in x reaches nothing of other channels",
    run: (context) =>
      forEachPoison(context, async ({ got, clean, inGroup, isGroup }) => {
        await expectCleanAlike(got.elements, clean.elements, inGroup);
        await expectCleanAlike(got.statistics, clean.statistics, isGroup);
        await expectCleanAlike(got.gradients, clean.gradients, isGroup);
      }),
  },
  {
    name: "rule 15: NaN in dy reaches the gradients of its channel and of no other",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const spec = specOf(dims);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      const trained = await expectTraining(layer, {
        spec,
        x: randomBatch(random, spec, "spatial"),
      });
      const dy = randomValues(random, spec);
      dy[area + 1] = Number.NaN;
      const got = await expectBackward(layer, trained, { dy });
      const dScale = await valuesOf(got.dScale.tensor);
      expectFinite("dScale of clean channels", [dScale[0], dScale[2]]);
    },
  },
  {
    name: "rule 15: in inference NaN and Inf stay at their place and keep their kind",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const spec = specOf(dims);
      const layer = createLayer(handler, { mode: "spatial", spec, scale: [1, -2, 1], random });
      await forEach(POISONS, String, async (poison) => {
        const x = withPoison(randomBatch(random, spec, "spatial"), poison);
        const { values } = await expectInference(layer, { spec, x });
        const places = Array.from(values.keys()).filter((i) => !Number.isFinite(values[i]));
        expectEqual("places", places, [place]);
      });
    },
  },
  {
    name: "rule 15: large values are accurate while their squares sum to something finite",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const spec = specOf(dims);
      for (const mode of ["spatial", "perActivation"] as const) {
        const layer = createLayer(handler, { mode, spec, random });
        const x = randomBatch(random, spec, mode).map((value) => round("float32", value * 1e17));
        await expectTraining(layer, { spec, x, averagingFactor: 1 });
      }
    },
  },
];
