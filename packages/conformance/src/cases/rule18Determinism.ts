import { type Backend, type Handler, openHandler } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { expectSameBytes } from "../compare/expectSame.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { createLayer, hold, holdParameter } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { bytesOf } from "../rig/tensors.js";

type Variant = readonly [mode: (typeof MODES)[number], format: (typeof FORMATS)[number]];

const VARIANTS = MODES.flatMap((mode) => FORMATS.map((format): Variant => [mode, format]));

/** Everything that a forward, a backward and an inference write. */
async function allResults(handler: Handler, seed: number, [mode, format]: Variant) {
  const random = createRandom(seed);
  const spec = specOf([9, 5, 13, 11], { format });
  const layer = createLayer(handler, { mode, spec, random });
  const { ops, scale, bias } = layer;
  const x = hold(handler, spec, randomBatch(random, spec, mode)).tensor;
  const dy = hold(handler, spec, randomValues(random, spec)).tensor;
  const [y, dx, yInference] = [0, 0, 0].map(() => handler.createTensor(spec));
  const zeros = new Float32Array(scale.values.length);
  const [dScale, dBias] = [0, 0].map(() => holdParameter(handler, ops, zeros).tensor);
  const parameters = { scale: scale.tensor, bias: bias.tensor };
  ops.forwardTraining({ x, y, ...parameters, averagingFactor: 0.3 });
  ops.backward({ x, dy, dx, scale: scale.tensor, dScale, dBias });
  ops.forwardInference({ x, y: yInference, ...parameters });
  const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
  const results = { y, dx, yInference, dScale, dBias };
  return { ...results, runningMean, runningVariance, savedMean, savedInvVariance };
}

/** All results on `other` have the bits they have on `handler`. */
async function expectSameResults(handler: Handler, other: Handler, seed: number): Promise<void> {
  const describe = ([mode, format]: Variant) => `${mode} ${format}`;
  await forEach(VARIANTS, describe, async (variant) => {
    const first = await allResults(handler, seed, variant);
    for (const again of [handler, other]) {
      const second = await allResults(again, seed, variant);
      for (const [name, tensor] of Object.entries(first)) {
        const twin = second[name as keyof typeof second];
        expectSameBytes(name, await bytesOf(twin), await bytesOf(tensor));
      }
    }
  });
}

export const determinismCases: readonly Case[] = [
  {
    name: "rule 18: the same calls give the same bits, again and on another handler",
    skip: needs.determinism,
    async run({ handler, open, seed }) {
      await expectSameResults(handler, await open(), seed);
    },
  },
];

/** One more case for each backend that must give the same bits, such as one with other threads. */
export function twinCases(twins: readonly Backend[]): Case[] {
  return twins.map((twin) => ({
    name: `rule 18: the same calls give the same bits on ${twin.name}`,
    async run({ handler, seed }) {
      const other = await openHandler(twin);
      try {
        await expectSameResults(handler, other, seed);
      } finally {
        other.dispose();
      }
    },
  }));
}
