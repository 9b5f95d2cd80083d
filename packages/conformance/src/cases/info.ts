import {
  type Handler,
  Ops,
  parseInfo,
  type StatisticsDataType,
  stringifyInfo,
  type Tensor,
} from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectError, expectRefusal } from "../compare/expectRefusal.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { createLayer, hold, holdParameter, type Layer, preStage } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { MODES, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);

/** The layer on another handler, by way of the text of its Info. */
async function moved(layer: Layer, handler: Handler): Promise<Layer> {
  const { scale, bias } = layer;
  const info = await layer.ops.toInfo({ scale: scale.tensor, bias: bias.tensor });
  const parsed = parseInfo(stringifyInfo(info));
  const ops = Ops.fromInfo(handler, parsed);
  const { extension } = parsed;
  check(extension !== null, "toInfo gave no extension");
  return {
    handler,
    ops,
    scale: holdParameter(handler, ops, extension.scale ?? []),
    bias: holdParameter(handler, ops, extension.bias ?? []),
  };
}

/** Everything that one training step and one inference write. */
async function step(
  { handler, ops, scale, bias }: Layer,
  values: Float64Array,
  dyValues: Float64Array,
) {
  const like = { ...spec, dataType: ops.scaleBiasDescriptor.dataType };
  const [x, dy] = [hold(handler, like, values).tensor, hold(handler, like, dyValues).tensor];
  const [y, dx, yInference] = [0, 0, 0].map(() => handler.createTensor(like));
  const parameter = () => handler.createTensor(ops.scaleBiasDescriptor);
  const [dScale, dBias] = [parameter(), parameter()];
  const parameters = { scale: scale.tensor, bias: bias.tensor };
  // The saved statistics of the step before come first: they must have moved too.
  ops.backward({ x, dy, dx, scale: scale.tensor, dScale, dBias });
  ops.forwardTraining({ x, y, ...parameters, averagingFactor: 0.2 });
  ops.forwardInference({ x, y: yInference, ...parameters });
  const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
  const results: Record<string, Tensor | Tensor<StatisticsDataType>> = {
    dx,
    dScale,
    dBias,
    y,
    yInference,
    runningMean,
    runningVariance,
    savedMean,
    savedInvVariance,
  };
  return Promise.all(
    Object.entries(results).map(async ([name, tensor]) => ({
      name,
      values: await valuesOf(tensor),
    })),
  );
}

function roundTripCase(dataType: StatisticsDataType): Case {
  return {
    name: `info: a ${dataType} layer goes on elsewhere as if it had stayed`,
    skip: needs.dataType(dataType),
    async run({ handler, open, capabilities, seed }) {
      const random = createRandom(seed);
      const other = await open();
      await forEach(MODES, String, async (mode) => {
        const like = { ...spec, dataType };
        const options = { runningVariance: "biased" } as const;
        const layer = createLayer(handler, { mode, spec: like, options, random });
        // Far from 0, so that the low word of the saved mean matters.
        const x = randomBatch(random, like, mode).map((value) => Math.fround(value + 3e4));
        startTraining(layer, { spec: like, x });
        const copy = await moved(layer, other);
        const dy = randomValues(random, like);
        const [stayed, went] = [await step(layer, x, dy), await step(copy, x, dy)];
        stayed.forEach(({ name, values }, i) => {
          if (capabilities.deterministic) expectEqual(name, went[i].values, values);
          else expectWithin(name, went[i].values, values, 1e-2);
        });
        const { runningVariance } = copy.ops.options;
        check(runningVariance === "biased", `runningVariance became ${runningVariance}`);
      });
    },
  };
}

export const infoCases: readonly Case[] = [
  roundTripCase("float32"),
  roundTripCase("float64"),
  {
    name: "info: saved statistics remember their epsilon and x elsewhere too",
    async run({ handler, open, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      startTraining(layer, { spec, x: randomBatch(random, spec, "spatial"), epsilon: 1e-3 });
      const other = await open();
      const { ops, scale } = await moved(layer, other);
      const tensor = (dims = spec.dims) => other.createTensor(specOf(dims));
      const parameter = () => holdParameter(other, ops, [1, 2, 3]).tensor;
      const gradients = { scale: scale.tensor, dScale: parameter(), dBias: parameter() };
      const same = { x: tensor(), dy: tensor(), dx: tensor(), ...gradients };
      const dims = [2, 3, 2, 2];
      const smaller = { x: tensor(dims), dy: tensor(dims), dx: tensor(dims), ...gradients };
      const code = "SAVED_STATISTICS_MISMATCH";
      await expectRefusal(code, smaller, () => ops.backward(smaller));
      await expectRefusal(code, same, () => ops.backward({ ...same, epsilon: 1e-5 }));
      ops.backward({ ...same, epsilon: 1e-3 });
    },
  },
  {
    name: "info: without the extension the saved epsilon is unknown and must be given",
    async run({ handler, seed }) {
      const random = createRandom(seed);
      const layer = createLayer(handler, { mode: "spatial", spec, random });
      startTraining(layer, { spec, x: randomBatch(random, spec, "spatial") });
      const info = await layer.ops.toInfo();
      const ops = Ops.fromInfo(handler, parseInfo(stringifyInfo({ ...info, extension: null })));
      const tensor = () => handler.createTensor(spec);
      const parameter = () => holdParameter(handler, ops, [1, 2, 3]).tensor;
      const call = {
        x: tensor(),
        dy: tensor(),
        dx: tensor(),
        scale: parameter(),
        dScale: parameter(),
        dBias: parameter(),
      };
      await expectRefusal("INVALID_ARGUMENT", call, () => ops.backward(call));
      ops.backward({ ...call, epsilon: 1e-5 });
      const mean = await layer.ops.runningMean.read();
      expectEqual("runningMean", await ops.runningMean.read(), mean);
    },
  },
  {
    name: "info: a layer that was never staged stays so",
    async run({ handler }) {
      const info = await preStage(handler, "perActivation").toInfo();
      check(info.statistics === null, "a layer that was never staged has statistics");
      const ops = Ops.fromInfo(handler, parseInfo(stringifyInfo(info)));
      check(ops.mode === "perActivation", `the mode became ${ops.mode}`);
      await expectError("NOT_STAGED", () => ops.runningMean);
      ops.stage(spec);
    },
  },
  {
    name: "info: NaN and Inf in running statistics survive",
    async run({ handler }) {
      const layer = createLayer(handler, { mode: "spatial", spec });
      const values = [Number.NaN, Number.POSITIVE_INFINITY, -0];
      await layer.ops.runningMean.write(values);
      await layer.ops.runningVariance.write(values);
      const copy = await moved(layer, handler);
      expectEqual("runningMean", await valuesOf(copy.ops.runningMean), values);
      expectEqual("runningVariance", await valuesOf(copy.ops.runningVariance), values);
    },
  },
  {
    name: "info: statistics of a type the backend lacks are UNSUPPORTED",
    skip: ({ dataTypes }) => (dataTypes.includes("float64") ? "float64 is declared" : null),
    async run({ handler }) {
      const info = await createLayer(handler, { mode: "spatial", spec }).ops.toInfo();
      const wide = (values: ArrayLike<number>) => Float64Array.from(values);
      const { statistics } = info;
      check(statistics !== null, "a staged layer has no statistics");
      const { runningMean, runningVariance, savedMean, savedInvVariance } = statistics;
      const converted = {
        ...statistics,
        runningMean: wide(runningMean),
        runningVariance: wide(runningVariance),
        savedMean: wide(savedMean),
        savedInvVariance: wide(savedInvVariance),
      };
      const other = {
        ...info,
        dataType: "float64",
        statistics: converted,
        extension: null,
      } as const;
      await expectError("UNSUPPORTED", () => Ops.fromInfo(handler, other));
    },
  },
];
