import type { BatchNormMode, DataType, TensorSpec } from "@batchnorm/core";
import { type Case, type Context, needs } from "../case.js";
import { roundAll } from "../compare/storage.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { expectTraining } from "../rig/train.js";

interface Variant {
  readonly mode: BatchNormMode;
  readonly spec: TensorSpec;
  /** False: backward computes the statistics of x again. */
  readonly savedStatistics: boolean;
}

function variantsOf(dataType: DataType, modes: readonly BatchNormMode[]): Variant[] {
  return modes.flatMap((mode) =>
    FORMATS.flatMap((format) =>
      [true, false].map((savedStatistics) => {
        const spec = specOf([4, 5, 3, 3], { dataType, format });
        return { mode, spec, savedStatistics };
      }),
    ),
  );
}

const describe = ({ mode, spec, savedStatistics }: Variant) =>
  `${mode} ${spec.format}${savedStatistics ? "" : " without saved statistics"}`;

/** Sizes of x and dy, in powers of two. */
interface Sizes {
  readonly x: number;
  readonly dy?: number;
}

/**
 * Trains on x · 2^sizes.x with epsilon 0, and compares with the oracle: with a scale of the unit that
 * is a power of two, every backend could round as it does at 1.
 */
async function trainAt(context: Context, variant: Variant, sizes: Sizes): Promise<void> {
  const { handler, seed } = context;
  const { mode, spec, savedStatistics } = variant;
  const random = createRandom(seed);
  const options = { savedStatistics };
  const layer = createLayer(handler, { mode, spec, random, options });
  const scaled = (values: Float64Array, power = 0) =>
    roundAll(spec.dataType, values).map((value) => value * 2 ** power);
  const x = scaled(randomBatch(random, spec, mode, 1), sizes.x);
  const trained = await expectTraining(layer, { spec, x, averagingFactor: 1, epsilon: 0 });
  const dy = scaled(randomValues(random, spec), sizes.dy);
  await expectBackward(layer, trained, { dy, epsilon: 0 });
}

function forEachVariant(
  context: Context,
  dataType: DataType,
  sizes: readonly Sizes[],
  modes = MODES,
): Promise<void> {
  const name = ({ x, dy = 0 }: Sizes) => `x of 2^${x}, dy of 2^${dy}`;
  return forEach(variantsOf(dataType, modes), describe, (variant) =>
    forEach(sizes, name, (one) => trainAt(context, variant, one)),
  );
}

/** Modes that take any finite x; rule 12 lets spatialPersistent overflow. */
const ANY_RANGE = ["spatial", "perActivation"] as const;

/** Values far from 1, where squares and products are farther still. */
export const rangeCases: readonly Case[] = [
  {
    name: "rule 7: with epsilon 0 results do not depend on the unit of x",
    run: (context) =>
      forEachVariant(context, "float32", [{ x: 0 }, { x: -20 }, { x: 20 }, { x: -45 }, { x: 45 }]),
  },
  {
    name: "rule 7: with epsilon 0 the unit of x may be so small that its square is no float32",
    skip: needs.extendedMean,
    run: (context) => forEachVariant(context, "float32", [{ x: -70 }, { x: -100 }]),
  },
  {
    name: "rule 7: with epsilon 0 results do not depend on the unit of x in float64",
    skip: needs.dataType("float64"),
    run: (context) =>
      forEachVariant(context, "float64", [{ x: -100 }, { x: 100 }, { x: 400 }, { x: -400 }]),
  },
  {
    name: "rule 7: inference with epsilon 0 does not depend on the unit of x",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const power of [-45, 0, 45]) {
        await forEach(variantsOf("float32", MODES), describe, async ({ mode, spec }) => {
          const layer = createLayer(handler, { mode, spec, random });
          const x = randomValues(random, spec).map((value) => value * 2 ** power);
          await layer.ops.runningVariance.write(layer.scale.values.map(() => 2 ** (2 * power)));
          await expectInference(layer, { spec, x, epsilon: 0 });
        });
      }
    },
  },
  {
    name: "rule 15: gradients are accurate where x is large and its squares sum to something finite",
    run: (context) => forEachVariant(context, "float32", [{ x: 50 }, { x: 57 }], ANY_RANGE),
  },
  {
    name: "rule 15: gradients are accurate where x is large and dy is small",
    skip: needs.extendedMean,
    run: (context) => forEachVariant(context, "float32", [{ x: 57, dy: -60 }], ANY_RANGE),
  },
  {
    name: "accuracy: gradients are right where dy is small",
    run: (context) =>
      forEachVariant(context, "float32", [
        { x: 0, dy: -60 },
        { x: 0, dy: -90 },
      ]),
  },
  {
    name: "accuracy: gradients are right where dy · x is too small for float32",
    skip: needs.extendedMean,
    run: (context) =>
      forEachVariant(context, "float32", [
        { x: -60, dy: -80 },
        { x: -90, dy: -60 },
      ]),
  },
];
