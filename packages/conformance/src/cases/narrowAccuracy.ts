import type { DataType } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectEqual } from "../compare/expectSame.js";
import { round, ulp } from "../compare/storage.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

/** What float16 and bfloat16 tensors need beyond being stored. */
export const narrowAccuracyCases: readonly Case[] = (["float16", "bfloat16"] as const).flatMap(
  casesOf,
);

function casesOf(dataType: DataType): Case[] {
  const skip = needs.dataType(dataType);
  return [
    {
      name: `accuracy: ${dataType} is within 1 ULP of the rounded exact result`,
      skip,
      async run({ handler, seed }) {
        const random = createRandom(seed);
        for (const mode of MODES) {
          await forEach(FORMATS, String, async (format) => {
            const spec = specOf([6, 3, 5, 5], { dataType, format });
            const layer = createLayer(handler, { mode, spec, random });
            const x = randomBatch(random, spec, mode);
            const z = randomValues(random, spec);
            const trained = await expectTraining(layer, { spec, x, z, activation: "relu" });
            await expectBackward(layer, trained, { dy: randomValues(random, spec), withDz: true });
            await expectInference(layer, { spec, x, z });
          });
        }
      },
    },
    {
      name: `accuracy: ${dataType} results are rounded to nearest, without a drift to either side`,
      skip,
      async run({ handler, seed }) {
        const random = createRandom(seed);
        const spec = specOf([32, 4, 8, 8], { dataType });
        const layer = createLayer(handler, { mode: "spatial", spec, random });
        const trained = await expectTraining(layer, {
          spec,
          x: randomBatch(random, spec, "spatial"),
        });
        const { y, expected } = trained;
        const exact = expected.y.values;
        // Rounding errors in units of the result: uniform in ±1/2, so their mean is near 0.
        const drift = exact.map(
          (value, i) => (Math.abs(y.values[i]) - Math.abs(value)) / ulp(dataType, value),
        );
        const mean = drift.reduce((sum, value) => sum + value, 0) / drift.length;
        check(Math.abs(mean) < 0.05, `the mean rounding error is ${mean} units`);
        const off = exact.filter((value, i) => y.values[i] !== round(dataType, value)).length;
        check(off <= exact.length / 20, `${off} of ${exact.length} are not the nearest value`);
      },
    },
    {
      name: `accuracy: ${dataType} sums are not kept in 16 bits`,
      skip,
      async run({ handler, seed }) {
        // 4096 values of 1 and 3: a 16-bit sum stops growing at 2048 (float16) or 256 (bfloat16).
        const spec = specOf([4096, 1], { dataType });
        const layer = createLayer(handler, { mode: "spatial", spec });
        const x = new Float64Array(4096).map((_, i) => (i % 2 === 0 ? 1 : 3));
        const call = { spec, x, averagingFactor: 1 };
        const trained = await expectTraining(layer, call);
        const dy = new Float64Array(4096).fill(1);
        await expectBackward(layer, trained, { dy });
        const random = createRandom(seed);
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
      },
    },
    {
      name: `accuracy: a ${dataType} result too large for the type is infinite`,
      skip,
      async run({ handler }) {
        const spec = specOf([2, 1], { dataType });
        const layer = createLayer(handler, { mode: "spatial", spec, scale: [3.4e38], bias: [0] });
        const { y } = startTraining(layer, { spec, x: [-1, 1], epsilon: 0 });
        const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
        expectEqual("y", await valuesOf(y.tensor), [NEGATIVE_INFINITY, POSITIVE_INFINITY]);
      },
    },
  ];
}
