import type { BatchNormMode, TensorSpec } from "@batchnorm/core";
import type { Case, Context } from "../case.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, type Layer } from "../rig/layer.js";
import { createRandom, type Random } from "../rig/random.js";
import { dataTypesOf, FORMATS, MODES, SPATIAL_MODES, specOf } from "../rig/specs.js";
import { expectTraining } from "../rig/train.js";

async function trainStep(layer: Layer, spec: TensorSpec, random: Random): Promise<void> {
  const { mode } = layer.ops;
  const x = randomBatch(random, spec, mode);
  const trained = await expectTraining(layer, { spec, x });
  await expectBackward(layer, trained, { dy: randomValues(random, spec) });
}

/** Training, gradients and inference of one shape, in both formats. */
async function expectShape(
  { handler, seed }: Context,
  modes: readonly BatchNormMode[],
  dims: readonly number[],
): Promise<void> {
  const random = createRandom(seed);
  for (const mode of modes) {
    await forEach(
      FORMATS,
      (format) => `${mode} ${format} ${dims.join("x")}`,
      async (format) => {
        const spec = specOf(dims, { format });
        const layer = createLayer(handler, { mode, spec, random });
        await trainStep(layer, spec, random);
        await expectInference(layer, { spec, x: randomValues(random, spec) });
      },
    );
  }
}

/** Shapes where a kernel that works in blocks goes wrong. */
export const shapeCases: readonly Case[] = [
  {
    name: "shapes: C that is no multiple of 4 or 16, down to the last element",
    async run(context) {
      for (const channels of [1, 2, 3, 5, 15, 17, 33]) {
        await expectShape(context, MODES, [5, channels, 3, 2]);
      }
    },
  },
  {
    name: "shapes: spatial sizes 1, 7×7 and 17×17",
    async run(context) {
      await expectShape(context, MODES, [5, 6, 1, 1]);
      await expectShape(context, MODES, [3, 8, 7, 7]);
      await expectShape(context, MODES, [2, 3, 17, 17]);
    },
  },
  {
    name: "shapes: two values for each statistic, the fewest that train",
    async run(context) {
      await expectShape(context, MODES, [2, 4]);
      await expectShape(context, SPATIAL_MODES, [1, 4, 2]);
      await expectShape(context, MODES, [2, 4, 1, 1]);
    },
  },
  {
    name: "shapes: many channels of few values",
    async run(context) {
      await expectShape(context, MODES, [3, 1030]);
    },
  },
  {
    name: "shapes: a batch of more than 65535 items",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const spec = specOf([70_001, 2]);
      for (const mode of MODES) {
        const layer = createLayer(handler, { mode, spec, random });
        await trainStep(layer, spec, random);
      }
    },
  },
  {
    name: "shapes: one long channel",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const spec = specOf([1, 1, 301, 333]);
      await trainStep(createLayer(handler, { mode: "spatial", spec, random }), spec, random);
    },
  },
  {
    name: "shapes: N and the spatial size may change from call to call",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const mode of SPATIAL_MODES) {
        await forEach(FORMATS, String, async (format) => {
          const layer = createLayer(handler, {
            mode,
            spec: specOf([8, 3, 4, 4], { format }),
            random,
          });
          for (const dims of [
            [8, 3, 4, 4],
            [5, 3, 4, 4],
            [9, 3, 2, 7],
            [8, 3, 4, 4],
            [2, 3, 1, 1],
          ]) {
            const spec = specOf(dims, { format });
            await trainStep(layer, spec, random);
            await expectInference(layer, { spec, x: randomValues(random, spec) });
          }
          const single = specOf([1, 3, 4, 4], { format });
          await expectInference(layer, { spec: single, x: randomValues(random, single) });
        });
      }
    },
  },
  {
    name: "shapes: data type and format may change from call to call, statistics being of one type",
    async run({ handler, capabilities, seed }) {
      const random = createRandom(seed);
      const narrow = dataTypesOf(capabilities).filter((dataType) => dataType !== "float64");
      for (const mode of MODES) {
        const layer = createLayer(handler, { mode, spec: specOf([4, 3, 2, 2]), random });
        for (const dataType of [...narrow, ...narrow]) {
          await forEach(
            FORMATS,
            (format) => `${mode} ${dataType} ${format}`,
            async (format) => {
              await trainStep(layer, specOf([4, 3, 2, 2], { dataType, format }), random);
            },
          );
        }
      }
    },
  },
  {
    name: "shapes: N may change from call to call in perActivation mode",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(FORMATS, String, async (format) => {
        const specFor = (batch: number) => specOf([batch, 3, 2, 2], { format });
        const layer = createLayer(handler, { mode: "perActivation", spec: specFor(8), random });
        for (const batch of [8, 5, 11, 8]) await trainStep(layer, specFor(batch), random);
        await expectInference(layer, { spec: specFor(1), x: randomValues(random, specFor(1)) });
      });
    },
  },
];
