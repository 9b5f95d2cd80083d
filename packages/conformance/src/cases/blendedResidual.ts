import { DATA_TYPES, type DataType } from "@batchnorm/core";
import { type Case, type Context, needs } from "../case.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, type Layer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { expectTraining, type ForwardSetup } from "../rig/train.js";

/** Of both signs, so that terms cancel: then an intermediate rounding shows in y. */
const WEIGHTS = [
  [1, 1],
  [-2, 3],
  [0.5, -1.25],
] as const;

/** Residual and blending in one forward, which not every backend can round once. */
export const blendedResidualCases: readonly Case[] = DATA_TYPES.flatMap((dataType) => [
  {
    name: `capabilities: z with beta ≠ 0 in ${dataType} is taken if declared and UNSUPPORTED if not`,
    skip: needs.dataType(dataType),
    run: (context) =>
      forEachForward(context, dataType, async (layer, forward) => {
        if (context.capabilities.blendedResidual.includes(dataType)) {
          await expectBothForwards(layer, forward);
        } else {
          await expectBothRefused(layer, forward);
        }
      }),
  },
  {
    name: `rule 9: z with alpha, and beta without z, are taken in ${dataType} whatever is declared`,
    skip: needs.dataType(dataType),
    run: (context) =>
      forEachForward(context, dataType, async (layer, forward) => {
        await expectBothForwards(layer, { ...forward, beta: 0, yBefore: undefined });
        await expectBothForwards(layer, { ...forward, z: undefined });
      }),
  },
]);

type Blended = ForwardSetup & { readonly beta: number };

/** A forward with z, alpha and beta ≠ 0 for each mode, format and blend. */
async function forEachForward(
  { handler, seed }: Context,
  dataType: DataType,
  run: (layer: Layer, forward: Blended) => Promise<void>,
): Promise<void> {
  const random = createRandom(seed);
  const variants = MODES.flatMap((mode) => FORMATS.map((format) => ({ mode, format })));
  await forEach(
    variants,
    ({ mode, format }) => `${mode} ${format}`,
    async ({ mode, format }) => {
      const spec = specOf([4, 3, 5, 5], { dataType, format });
      const layer = createLayer(handler, { mode, spec, random });
      for (const [alpha, beta] of WEIGHTS) {
        const values = () => randomValues(random, spec);
        const x = randomBatch(random, spec, mode);
        await run(layer, { spec, x, z: values(), yBefore: values(), alpha, beta });
      }
    },
  );
}

async function expectBothForwards(layer: Layer, forward: ForwardSetup): Promise<void> {
  await expectTraining(layer, forward);
  await expectInference(layer, forward);
}

async function expectBothRefused(layer: Layer, forward: Blended): Promise<void> {
  const { handler, ops, scale, bias } = layer;
  const { spec, x, z, yBefore, alpha, beta } = forward;
  const { savedMean, savedInvVariance, runningMean, runningVariance } = ops;
  const statistics = { savedMean, savedInvVariance, runningMean, runningVariance };
  const [xHeld, zHeld, yHeld] = [x, z, yBefore].map((values) =>
    hold(handler, spec, values as ArrayLike<number>),
  );
  const tensors = {
    x: xHeld.tensor,
    z: zHeld.tensor,
    y: yHeld.tensor,
    scale: scale.tensor,
    bias: bias.tensor,
  };
  const all = { ...tensors, ...statistics };
  const call = { ...tensors, alpha, beta };
  await expectRefusal("UNSUPPORTED", all, () => ops.forwardInference(call));
  await expectRefusal("UNSUPPORTED", all, () =>
    ops.forwardTraining({ ...call, averagingFactor: 0.5 }),
  );
}
