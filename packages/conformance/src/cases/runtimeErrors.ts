import type { BatchNormMode, TensorFormat } from "@batchnorm/core";
import type { Case, Context } from "../case.js";
import { ConformanceError, check } from "../compare/conformanceError.js";
import { expectError } from "../compare/expectRefusal.js";
import { round } from "../compare/storage.js";
import { randomBatch, randomValues } from "../rig/batch.js";
import { forEach } from "../rig/each.js";
import { expectBackward } from "../rig/gradients.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { FORMATS, MODES, specOf } from "../rig/specs.js";
import { expectTraining } from "../rig/train.js";

/** Trains on values of this size and compares everything with the oracle. */
async function train(
  { handler, seed }: Context,
  mode: BatchNormMode,
  format: TensorFormat,
  size: number,
): Promise<void> {
  const random = createRandom(seed);
  const spec = specOf([4, 3, 3, 3], { format });
  const layer = createLayer(handler, { mode, spec, random });
  const x = randomBatch(random, spec, mode).map((value) => round("float32", value * size));
  const trained = await expectTraining(layer, { spec, x, averagingFactor: 1 });
  await expectBackward(layer, trained, { dy: randomValues(random, spec) });
}

/** What queryRuntimeError gives, which must be complete. */
async function reported({ handler }: Context): Promise<string | null> {
  const error = await handler.queryRuntimeError();
  if (error === null) return null;
  const { code, name, text } = error;
  check(Number.isInteger(code) && code !== 0, `the code of a runtime error is ${code}`);
  check(typeof name === "string" && name !== "", `the runtime error ${code} has no name`);
  check(typeof text === "string" && text !== "", `the runtime error ${name} has no text`);
  return `${name} (${code}): ${text}`;
}

/** Rule 12: what a device notices, it says, and nothing else. */
export const runtimeErrorCases: readonly Case[] = [
  {
    name: "rule 12: ordinary values leave no runtime error",
    async run(context) {
      for (const mode of MODES) {
        await forEach(
          FORMATS,
          (format) => `${mode} ${format}`,
          async (format) => {
            await train(context, mode, format, 1);
            const error = await reported(context);
            check(error === null, `queryRuntimeError gives ${error}`);
          },
        );
      }
    },
  },
  {
    name: "rule 12: large finite values in spatialPersistent give right results or a runtime error",
    async run(context) {
      await forEach(FORMATS, String, async (format) => {
        let wrong: ConformanceError | null = null;
        try {
          await train(context, "spatialPersistent", format, 1e15);
        } catch (error) {
          if (!(error instanceof ConformanceError)) throw error;
          wrong = error;
        }
        if ((await reported(context)) === null && wrong !== null) throw wrong;
      });
      // The handler goes on.
      await train(context, "spatial", "NCHW", 1);
    },
  },
  {
    name: "rule 12: queryRuntimeError after dispose is DISPOSED",
    async run({ open }) {
      const handler = await open();
      handler.dispose();
      await expectError("DISPOSED", () => handler.queryRuntimeError());
    },
  },
];
