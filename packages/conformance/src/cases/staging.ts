import type { Case } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectError, expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import { createLayer, hold, holdParameter, preStage } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { createFilled, valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);

export const stagingCases: readonly Case[] = [
  {
    name: "staging: before stage every use is NOT_STAGED",
    async run({ handler }) {
      const ops = preStage(handler, "spatial");
      const tensor = hold(handler, spec, new Float32Array(48)).tensor;
      const parameter = handler.createTensor(specOf([1, 3, 1, 1]));
      const call = { x: tensor, y: tensor, scale: parameter, bias: parameter };
      await expectError("NOT_STAGED", () => ops.scaleBiasDescriptor);
      await expectError("NOT_STAGED", () => ops.runningMean);
      await expectError("NOT_STAGED", () => ops.createSaved());
      await expectError("NOT_STAGED", () => ops.forwardInference(call));
      await expectError("NOT_STAGED", () => ops.forwardTraining({ ...call, averagingFactor: 1 }));
    },
  },
  {
    name: "staging: stage takes a tensor or a descriptor, and describe says what will run",
    async run({ handler }) {
      await forEach(MODES, String, async (mode) => {
        const ops = preStage(handler, mode);
        ops.stage(createFilled(handler, spec, new Float32Array(48)));
        ops.stage(spec);
        check(ops.describe().length > 0, "describe says nothing");
        check(ops.describe(specOf([2, 3, 2, 2])).length > 0, "describe says nothing of another N");
      });
    },
  },
  {
    name: "staging: again with the same parameter dims keeps the statistics",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      startTraining(layer, { spec, x: randomBatch(random, spec, "spatial") });
      const { ops } = layer;
      const before = await valuesOf(ops.runningMean);
      const { runningMean } = ops;
      ops.stage(specOf([7, 3, 5, 1]));
      check(ops.runningMean === runningMean, "the tensor of the running mean was replaced");
      expectEqual("runningMean", await valuesOf(ops.runningMean), before);
    },
  },
  {
    name: "staging: with other parameter dims it is PARAMETER_SHAPE_CHANGED until reset",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      startTraining(layer, { spec, x: randomBatch(random, spec, "spatial") });
      const { ops } = layer;
      const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
      const tensors = { runningMean, runningVariance, savedMean, savedInvVariance };
      await expectRefusal("PARAMETER_SHAPE_CHANGED", tensors, () =>
        ops.stage(specOf([4, 5, 2, 2])),
      );
      await expectRefusal("PARAMETER_SHAPE_CHANGED", tensors, () => ops.stage(specOf([4, 3, 4])));
      ops.reset();
      check(runningMean.disposed, "reset must dispose the statistics");
      ops.stage(specOf([4, 5, 2, 2]));
      expectEqual("runningMean", await valuesOf(ops.runningMean), [0, 0, 0, 0, 0]);
      expectEqual("runningVariance", await valuesOf(ops.runningVariance), [1, 1, 1, 1, 1]);
    },
  },
  {
    name: "staging: an x with other parameters is refused and nothing is written",
    async run({ handler }) {
      const { ops, scale, bias } = createLayer(handler, { mode: "perActivation", spec });
      const wide = specOf([4, 3, 2, 3]);
      const tensors = {
        x: hold(handler, wide, new Float32Array(72).fill(1)).tensor,
        y: hold(handler, wide, new Float32Array(72).fill(2)).tensor,
        scale: scale.tensor,
        bias: bias.tensor,
      };
      const all = { ...tensors, runningMean: ops.runningMean, savedMean: ops.savedMean };
      await expectRefusal("SHAPE_MISMATCH", all, () =>
        ops.forwardTraining({ ...tensors, averagingFactor: 0.1 }),
      );
    },
  },
  {
    name: "staging: arguments that are no tensors are refused and nothing is written",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec });
      const { ops, scale, bias } = layer;
      const tensor = () => hold(handler, spec, new Float32Array(48).fill(2)).tensor;
      const tensors = { x: tensor(), y: tensor(), dy: tensor(), dx: tensor() };
      const parameters = {
        scale: scale.tensor,
        bias: bias.tensor,
        dScale: holdParameter(handler, ops, [1, 2, 3]).tensor,
        dBias: holdParameter(handler, ops, [1, 2, 3]).tensor,
      };
      const all = { ...tensors, ...parameters };
      for (const name of ["x", "y", "scale", "bias"]) {
        const call = { ...all, averagingFactor: 0.1, [name]: new Float32Array(48) };
        await expectRefusal("INVALID_ARGUMENT", all, () => ops.forwardTraining(call));
      }
      for (const name of ["x", "dy", "dx", "scale", "dScale", "dBias"]) {
        const call = { ...all, [name]: undefined };
        await expectRefusal("INVALID_ARGUMENT", all, () => ops.backward(call as typeof all));
      }
    },
  },
  {
    name: "staging: a disposed tensor in a call is DISPOSED and nothing is written",
    async run({ handler }) {
      const { ops, scale, bias } = createLayer(handler, { mode: "spatial", spec });
      const tensor = () => hold(handler, spec, new Float32Array(48).fill(2)).tensor;
      const call = { x: tensor(), y: tensor(), scale: scale.tensor, bias: bias.tensor };
      for (const name of ["x", "y", "scale"]) {
        const gone = handler.createTensor(name === "scale" ? ops.scaleBiasDescriptor : spec);
        gone.dispose();
        const all = { ...call, runningMean: ops.runningMean };
        await expectRefusal("DISPOSED", all, () =>
          ops.forwardTraining({ ...call, [name]: gone, averagingFactor: 0.1 }),
        );
      }
    },
  },
  {
    name: "staging: runningStatistics: false trains, and refuses what needs them",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      await forEach(MODES, String, async (mode) => {
        const options = { runningStatistics: false };
        const layer = createLayer(handler, { mode, spec, options, random });
        const trained = await expectTraining(layer, { spec, x: randomBatch(random, spec, mode) });
        await expectBackward(layer, trained, { dy: randomValues(random, spec) });
        await expectError("STATISTICS_DISABLED", () => layer.ops.runningMean);
        const { scale, bias } = layer;
        const call = { x: trained.x.tensor, y: trained.y.tensor };
        await expectError("STATISTICS_DISABLED", () =>
          layer.ops.forwardInference({ ...call, scale: scale.tensor, bias: bias.tensor }),
        );
      });
    },
  },
  {
    name: "staging: several ops on one handler keep their own statistics",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layers = MODES.map((mode) => createLayer(handler, { mode, spec, random }));
      for (let round = 0; round < 2; round++) {
        for (const layer of layers) {
          const x = randomBatch(random, spec, layer.ops.mode);
          await expectTraining(layer, { spec, x });
        }
      }
      for (const layer of layers) {
        await expectInference(layer, { spec, x: randomValues(random, spec) });
      }
    },
  },
];
