import type { Case, Context } from "../case.js";
import { expectEqual, expectWithin } from "../compare/expectSame.js";
import { expectUnchanged, snapshot } from "../compare/snapshot.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { createLayer, hold, holdParameter } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

const spec = specOf([4, 3, 2, 2]);
/** Two runs of a backend that declares no determinism differ by rounding; a wrong order by far more. */
const SAME = 1e-4;
const noise = new Float32Array(48).fill(123);

function prepared({ handler, seed }: Context) {
  const random = createRandom(seed);
  const layer = createLayer(handler, { mode: "spatial", spec, random });
  return { layer, random, x: randomBatch(random, spec, "spatial") };
}

/** y of a training forward on a fresh handler: what the order of calls must not change. */
async function plainResult(context: Context, x: Float64Array): Promise<Float64Array> {
  const { layer } = prepared({ ...context, handler: await context.open() });
  return (await expectTraining(layer, { spec, x })).y.values;
}

/** Calls take effect in the order they are made, whatever has been awaited. */
export const orderCases: readonly Case[] = [
  {
    name: "order: writing to x after a forward and before the read does not change y",
    async run(context) {
      const { layer, x } = prepared(context);
      const wanted = await plainResult(context, x);
      const started = startTraining(layer, { spec, x });
      const written = started.x.tensor.write(noise);
      expectWithin("y", await valuesOf(started.y.tensor), wanted, SAME);
      await written;
    },
  },
  {
    name: "order: writing to scale and bias after a forward does not change y",
    async run(context) {
      const { layer, x } = prepared(context);
      const wanted = await plainResult(context, x);
      const { y } = startTraining(layer, { spec, x });
      const pending = [layer.scale.tensor.write([9, 9, 9]), layer.bias.tensor.write([9, 9, 9])];
      await Promise.all(pending);
      expectWithin("y", await valuesOf(y.tensor), wanted, SAME);
    },
  },
  {
    name: "order: a forward uses what was written before it, awaited or not",
    async run(context) {
      const { layer, x } = prepared(context);
      const wanted = await plainResult(context, x);
      const [given, y] = [hold(context.handler, spec, noise), hold(context.handler, spec, noise)];
      const { scale, bias, ops } = layer;
      const written = given.tensor.write(x);
      const parameters = { scale: scale.tensor, bias: bias.tensor };
      ops.forwardTraining({ x: given.tensor, y: y.tensor, ...parameters, averagingFactor: 0.1 });
      expectWithin("y", await valuesOf(y.tensor), wanted, SAME);
      await written;
    },
  },
  {
    name: "order: a read gives the values at its place, not later ones",
    async run(context) {
      const { layer, x } = prepared(context);
      const wanted = await plainResult(context, x);
      const { y } = startTraining(layer, { spec, x });
      const early = valuesOf(y.tensor);
      const earlyMean = layer.ops.runningMean.read();
      const running = layer.ops.runningMean.read();
      startTraining(layer, { spec, x: noise, averagingFactor: 1 });
      const overwritten = y.tensor.write(noise);
      expectWithin("y", await early, wanted, SAME);
      expectEqual("runningMean", await earlyMean, await running);
      await overwritten;
      expectEqual("y written later", await valuesOf(y.tensor), noise);
      const later = await valuesOf(layer.ops.runningMean);
      expectWithin("runningMean of the later forward", later, [123, 123, 123], SAME);
    },
  },
  {
    name: "order: toInfo takes the statistics at its place",
    async run(context) {
      const { layer, random, x } = prepared(context);
      startTraining(layer, { spec, x });
      const { runningMean, savedMean } = layer.ops;
      const wanted = [await runningMean.read(), await savedMean.read()];
      const pending = layer.ops.toInfo();
      startTraining(layer, { spec, x: randomValues(random, spec), averagingFactor: 1 });
      const { statistics } = await pending;
      expectEqual("runningMean", statistics?.runningMean ?? [], wanted[0]);
      expectEqual("savedMean", statistics?.savedMean ?? [], wanted[1]);
    },
  },
  {
    name: "order: what is disposed after a call still takes part in it",
    async run(context) {
      const { layer, x } = prepared(context);
      const wanted = await plainResult(context, x);
      const started = startTraining(layer, { spec, x });
      started.x.tensor.dispose();
      layer.scale.tensor.dispose();
      layer.bias.tensor.dispose();
      // New memory might take the place of the old.
      hold(context.handler, spec, noise);
      layer.ops.dispose();
      expectWithin("y", await valuesOf(started.y.tensor), wanted, SAME);
    },
  },
  {
    name: "order: a chain of calls without a wait in between is right",
    async run(context) {
      const { handler } = context;
      const { layer, random, x } = prepared(context);
      const { ops, scale, bias } = layer;
      const parameters = { scale: scale.tensor, bias: bias.tensor };
      const first = startTraining(layer, { spec, x, averagingFactor: 1 });
      const second = hold(handler, spec, noise).tensor;
      ops.forwardTraining({ x: first.y.tensor, y: second, ...parameters, averagingFactor: 1 });
      const result = await valuesOf(second);
      const between = await valuesOf(first.y.tensor);
      const apart = createLayer(await context.open(), {
        mode: "spatial",
        spec,
        scale: scale.values,
        bias: bias.values,
        random,
      });
      const wanted = await expectTraining(apart, { spec, x: between, averagingFactor: 1 });
      expectWithin("y of the second", result, wanted.y.values, SAME);
      const mean = await apart.ops.runningMean.read();
      expectWithin("runningMean", await ops.runningMean.read(), mean, SAME);
    },
  },
  {
    name: "order: no call writes to what it only reads",
    async run(context) {
      const { handler } = context;
      const { layer, random } = prepared(context);
      const { ops, scale, bias } = layer;
      const filled = () => hold(handler, spec, randomValues(random, spec)).tensor;
      const [x, z, dy, y, dx, dz] = [0, 0, 0, 0, 0, 0].map(filled);
      const [dScale, dBias] = [0, 0].map(() => holdParameter(handler, ops, [1, 2, 3]).tensor);
      const inputs = { x, z, dy, scale: scale.tensor, bias: bias.tensor };
      const before = await snapshot(inputs);
      ops.forwardTraining({ ...inputs, y, activation: "relu", averagingFactor: 0.1 });
      const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
      const kept = { y, runningMean, runningVariance, savedMean, savedInvVariance };
      const keptBefore = await snapshot(kept);
      ops.backward({ ...inputs, y, dx, dz, dScale, dBias, activation: "relu" });
      ops.forwardInference({ ...inputs, y: dx });
      await expectUnchanged(inputs, before);
      await expectUnchanged(kept, keptBefore);
    },
  },
];
