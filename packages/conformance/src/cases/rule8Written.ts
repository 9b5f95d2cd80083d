import type { Case } from "../case.js";
import { round } from "../compare/storage.js";
import { batchNormaliser, batchStatistics } from "../oracle/statistics.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining } from "../rig/train.js";

const spec = specOf([8, 3, 2, 2]);

/** Rule 8 where the user writes into saved statistics. */
export const writtenSavedCases: readonly Case[] = [
  {
    name: "rule 8: backward uses saved statistics that the user wrote",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, random });
        const x = randomBatch(random, spec, mode);
        const trained = await expectTraining(layer, { spec, x });
        const count = layer.scale.values.length;
        const mean = new Float64Array(count).fill(0.25);
        const invStd = new Float64Array(count).fill(2);
        await layer.ops.savedMean.write(mean);
        await layer.ops.savedInvVariance.write(invStd);
        const normaliser = { mean, invStd, meanRest: new Float64Array(count) };
        await expectBackward(layer, trained, { dy: randomValues(random, spec), normaliser });
      });
    },
  },
  {
    name: "rule 8: writing savedMean clears its low word",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      // Far from 0, the nearest float32 mean is off by up to 0.004 standard deviations.
      const x = randomValues(random, spec).map((value) => round("float32", value + 1e5));
      const trained = await expectTraining(layer, { spec, x });
      const statistics = batchStatistics(x, trained.geometry);
      const { invStd } = batchNormaliser(statistics, 1e-5);
      const written = await valuesOf(layer.ops.savedMean);
      await layer.ops.savedMean.write(written);
      const normaliser = { mean: written, invStd, meanRest: new Float64Array(written.length) };
      await expectBackward(layer, trained, { dy: randomValues(random, spec), normaliser });
    },
  },
];
