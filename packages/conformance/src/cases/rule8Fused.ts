import type { BatchNormMode, TensorSpec } from "@batchnorm/core";
import type { Case, Context } from "../case.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { createLayer, hold, type Layer } from "../rig/layer.js";
import { createRandom, type Random } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { expectTraining } from "../rig/train.js";

interface Fused {
  readonly layer: Layer;
  readonly random: Random;
  readonly mode: BatchNormMode;
  readonly spec: TensorSpec;
  /** Residuals to try: none, and random ones. */
  readonly residuals: readonly (Float64Array | undefined)[];
}

/** A layer in each mode and format. */
async function forEachLayer(
  { handler, seed }: Context,
  run: (fused: Fused) => Promise<void>,
): Promise<void> {
  const random = createRandom(seed);
  const variants = MODES.flatMap((mode) => FORMATS.map((format) => ({ mode, format })));
  await forEach(
    variants,
    ({ mode, format }) => `${mode} ${format}`,
    async ({ mode, format }) => {
      const spec = specOf([4, 3, 2, 2], { format });
      const layer = createLayer(handler, { mode, spec, random });
      await run({ layer, random, mode, spec, residuals: [undefined, randomValues(random, spec)] });
    },
  );
}

/**
 * A backend may keep more of a fused forward than the statistics, such as the mask of ReLU. Its
 * backward must use that only where it is of the same forward and of the same y.
 */
export const fusedSavedCases: readonly Case[] = [
  {
    name: "rule 8: saved statistics serve batches of other sizes in turn, with an activation or none",
    run: (context) =>
      forEachLayer(context, async ({ layer, random, mode, spec }) => {
        for (const activation of ["relu", "identity", "relu"] as const) {
          for (const batch of [4, 2, 5, 4]) {
            const like = { ...spec, dims: [batch, ...spec.dims.slice(1)] };
            const call = { spec: like, x: randomBatch(random, like, mode), activation };
            const trained = await expectTraining(layer, call);
            await expectBackward(layer, trained, { dy: randomValues(random, like) });
          }
        }
      }),
  },
  {
    name: "rule 8: two fused forwards may precede their backwards",
    run: (context) =>
      forEachLayer(context, async ({ layer, random, mode, spec, residuals }) => {
        for (const z of residuals) {
          const train = () => {
            const x = randomBatch(random, spec, mode);
            const saved = layer.ops.createSaved();
            return expectTraining(layer, { spec, x, z, activation: "relu", saved });
          };
          const [first, second] = [await train(), await train()];
          for (const trained of [second, first, second]) {
            const dy = randomValues(random, spec);
            await expectBackward(layer, trained, { dy, withDz: z !== undefined });
          }
        }
      }),
  },
  {
    name: "rule 8: backward uses saved statistics that the user wrote after a fused forward",
    run: (context) =>
      forEachLayer(context, async ({ layer, random, mode, spec }) => {
        const x = randomBatch(random, spec, mode);
        const trained = await expectTraining(layer, { spec, x, activation: "relu" });
        const count = layer.scale.values.length;
        const mean = new Float64Array(count).fill(0.25);
        const invStd = new Float64Array(count).fill(2);
        await layer.ops.savedMean.write(mean);
        await layer.ops.savedInvVariance.write(invStd);
        const normaliser = { mean, invStd, meanRest: new Float64Array(count) };
        await expectBackward(layer, trained, { dy: randomValues(random, spec), normaliser });
      }),
  },
  {
    name: "rule 19: the mask comes from the y that backward is given, whatever the forward stored",
    run: (context) =>
      forEachLayer(context, async ({ layer, random, mode, spec, residuals }) => {
        for (const z of residuals) {
          const x = randomBatch(random, spec, mode);
          const trained = await expectTraining(layer, { spec, x, z, activation: "relu" });
          const gradients = { dy: randomValues(random, spec), withDz: z !== undefined };
          const other = hold(layer.handler, spec, randomValues(random, spec));
          await expectBackward(layer, { ...trained, y: other }, gradients);
          await expectBackward(layer, trained, gradients);
          const written = hold(layer.handler, spec, randomValues(random, spec));
          await trained.y.tensor.write(await written.tensor.read());
          const rewritten = { tensor: trained.y.tensor, values: written.values };
          await expectBackward(layer, { ...trained, y: rewritten }, gradients);
        }
      }),
  },
  {
    name: "rule 19: the mask comes from the stored y, though x, scale or bias were written since",
    run: (context) =>
      forEachLayer(context, async ({ layer, random, mode, spec }) => {
        const x = randomBatch(random, spec, mode);
        const trained = await expectTraining(layer, { spec, x, activation: "relu" });
        const dy = randomValues(random, spec);
        const other = hold(layer.handler, spec, randomBatch(random, spec, mode));
        await expectBackward(layer, { ...trained, x: other }, { dy });
        const scale = layer.scale.values.map((value) => Math.fround(-value));
        const bias = layer.bias.values.map((value) => Math.fround(value + 1));
        await layer.scale.tensor.write(scale);
        await layer.bias.tensor.write(bias);
        const written = { tensor: layer.scale.tensor, values: scale };
        await expectBackward({ ...layer, scale: written }, trained, { dy });
      }),
  },
];
