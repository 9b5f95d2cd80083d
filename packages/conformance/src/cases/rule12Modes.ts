import type { Case } from "../case.js";
import { expectError } from "../compare/expectRefusal.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, preStage } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { dimsOfRanks, FORMATS, MODES, specOf } from "../rig/specs.js";
import { expectTraining } from "../rig/train.js";

/** Rules 12 and 14: modes and ranks. */
export const modeCases: readonly Case[] = [
  {
    name: "rule 12: spatialPersistent has the mathematics of spatial",
    async run({ handler, seed }) {
      await forEach(FORMATS, String, async (format) => {
        const random = createRandom(seed);
        const spec = specOf([5, 6, 3, 3], { format });
        const mode = "spatialPersistent";
        const layer = createLayer(handler, { mode, spec, random });
        const x = randomBatch(random, spec, mode);
        const trained = await expectTraining(layer, { spec, x });
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
        await expectInference(layer, { spec, x });
      });
    },
  },
  {
    name: "rule 14: every rank from 2 up to maxRank works, in every mode and format",
    async run({ handler, capabilities, seed }) {
      const random = createRandom(seed);
      await forEach(dimsOfRanks(capabilities), String, async (dims) => {
        for (const mode of MODES) {
          for (const format of FORMATS) {
            const spec = specOf(dims, { format });
            const layer = createLayer(handler, { mode, spec, random });
            const x = randomBatch(random, spec, mode);
            const trained = await expectTraining(layer, { spec, x });
            await expectBackward(layer, trained, { dy: randomValues(random, spec) });
            await expectInference(layer, { spec, x });
          }
        }
      });
    },
  },
  {
    name: "rule 14: rank 1 is INVALID_DESCRIPTOR",
    async run({ handler }) {
      for (const mode of MODES) {
        await expectError("INVALID_DESCRIPTOR", () => preStage(handler, mode).stage(specOf([4])));
      }
    },
  },
];
