import { type Case, needs } from "../case.js";
import { expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual, expectFinite } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward, expectBackwardInference } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);
const BLENDS = [
  [1, 1],
  [0.5, 0],
  [-2, 0.25],
  [0, 1],
  [0, 0],
] as const;
const describeBlend = ([alpha, beta]: (typeof BLENDS)[number]) => `alpha ${alpha}, beta ${beta}`;

export const blendingCases: readonly Case[] = [
  {
    name: "rule 9: y = alpha · result + beta · y, and statistics are not blended",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const mode of MODES) {
        await forEach(BLENDS, describeBlend, async ([alpha, beta]) => {
          const layer = createLayer(handler, { mode, spec, random });
          const x = randomBatch(random, spec, mode);
          const yBefore = randomValues(random, spec);
          await expectTraining(layer, { spec, x, yBefore, alpha, beta });
          await expectInference(layer, { spec, x, yBefore, alpha, beta });
        });
      }
    },
  },
  {
    name: "rule 9: dx, dScale and dBias are blended, each pair with its own alpha and beta",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      for (const mode of MODES) {
        const layer = createLayer(handler, { mode, spec, random });
        const trained = await expectTraining(layer, { spec, x: randomBatch(random, spec, mode) });
        const parameters = layer.scale.values.map(() => random.normal());
        await forEach(BLENDS, describeBlend, async ([alpha, beta]) => {
          const before = { dScaleBefore: parameters, dBiasBefore: parameters };
          await expectBackward(layer, trained, {
            dy: randomValues(random, spec),
            dxBefore: randomValues(random, spec),
            ...before,
            alphaData: alpha,
            betaData: beta,
            alphaParam: 1 - alpha,
            betaParam: 1 - beta,
          });
        });
      }
    },
  },
  {
    name: "rule 9: gradients of inference are blended too",
    skip: needs.backwardInference,
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      const trained = await expectTraining(layer, {
        spec,
        x: randomBatch(random, spec, "spatial"),
      });
      await expectBackwardInference(layer, trained, {
        dy: randomValues(random, spec),
        dxBefore: randomValues(random, spec),
        dScaleBefore: [1, 2, 3],
        dBiasBefore: [4, 5, 6],
        alphaData: 2,
        betaData: 0.5,
        alphaParam: -1,
        betaParam: 3,
      });
    },
  },
  {
    name: "rule 9: beta 0 does not read the destination, where NaN may stand",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(MODES, String, async (mode) => {
        const layer = createLayer(handler, { mode, spec, random });
        const x = randomBatch(random, spec, mode);
        const { y } = startTraining(layer, { spec, x });
        expectFinite("y of training", await valuesOf(y.tensor));
        const trained = await expectTraining(layer, { spec, x });
        const got = await expectBackward(layer, trained, { dy: randomValues(random, spec) });
        expectFinite("dScale", await valuesOf(got.dScale.tensor));
        const inferred = await expectInference(layer, { spec, x });
        expectFinite("y of inference", inferred.values);
      });
    },
  },
  {
    name: "rule 9: alpha 0 and beta 1 keep the destination",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      const yBefore = randomValues(random, spec);
      const x = randomBatch(random, spec, "spatial");
      const { y } = startTraining(layer, { spec, x, yBefore, alpha: 0, beta: 1 });
      expectEqual("y", await valuesOf(y.tensor), yBefore);
    },
  },
  {
    name: "rule 9: alpha and beta that are not finite are refused and nothing is written",
    async run({ handler }) {
      const { ops, scale, bias } = createLayer(handler, { mode: "spatial", spec });
      const values = new Float32Array(48).fill(3);
      const tensors = {
        x: hold(handler, spec, values).tensor,
        y: hold(handler, spec, values).tensor,
        scale: scale.tensor,
        bias: bias.tensor,
      };
      for (const wrong of [Number.NaN, Number.NEGATIVE_INFINITY, "1"]) {
        for (const which of ["alpha", "beta"]) {
          const call = { ...tensors, [which]: wrong as number };
          const all = { ...tensors, runningMean: ops.runningMean };
          await expectRefusal("INVALID_ARGUMENT", all, () => ops.forwardInference(call));
          await expectRefusal("INVALID_ARGUMENT", all, () =>
            ops.forwardTraining({ ...call, averagingFactor: 0.1 }),
          );
        }
      }
    },
  },
];
