import type { Handler, HandlerTiming } from "@batchnorm/core";
import { type Case, type Context, needs } from "../case.js";
import { check } from "../compare/conformanceError.js";
import { expectError } from "../compare/expectRefusal.js";
import { expectWithin } from "../compare/expectSame.js";
import { randomBatch } from "../rig/batch.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { expectTraining, startTraining } from "../rig/train.js";

/** A case for backends whose handlers have a clock. */
function timingCase(
  name: string,
  run: (context: Context, timing: HandlerTiming) => Promise<void>,
): Case {
  return {
    name,
    skip: needs.timing,
    async run(context) {
      const { timing } = context.handler;
      check(timing !== null, "this handler has no clock, though another of the backend has one");
      await run(context, timing);
    },
  };
}

/** Enough work that a clock of a thousandth of a millisecond sees it. */
function muchWork(handler: Handler): () => void {
  const spec = specOf([32, 16, 14, 14]);
  const { ops, scale, bias } = createLayer(handler, { mode: "spatial", spec });
  const [x, y] = [handler.createTensor(spec), handler.createTensor(spec)];
  const call = { x, y, scale: scale.tensor, bias: bias.tensor, averagingFactor: 0.1 };
  return () => {
    for (let i = 0; i < 8; i++) ops.forwardTraining(call);
  };
}

export const timingCases: readonly Case[] = [
  timingCase(
    "timing: is finite, not negative, and longer for much work than for none",
    async ({ handler }, timing) => {
      const work = muchWork(handler);
      const none = await timing.measure(() => {});
      const much = await timing.measure(work);
      for (const time of [none, much]) check(time >= 0 && Number.isFinite(time), `it is ${time}`);
      check(much > none, `${much} ms for eight forwards, and ${none} ms for nothing`);
    },
  ),
  timingCase(
    "timing: the work is called once, at once, and takes effect at its place",
    async (context, timing) => {
      const { handler, seed, open } = context;
      const random = createRandom(seed);
      const spec = specOf([4, 3, 2, 2]);
      const x = randomBatch(random, spec, "spatial");
      const wanted = await expectTraining(createLayer(await open(), { mode: "spatial", spec }), {
        spec,
        x,
      });
      const layer = createLayer(handler, { mode: "spatial", spec });
      const started: ReturnType<typeof startTraining>[] = [];
      const measured = timing.measure(() => started.push(startTraining(layer, { spec, x })));
      check(started.length === 1, `called ${started.length} times when measure returned`);
      const [{ x: given, y }] = started;
      const written = given.tensor.write(new Float32Array(x.length).fill(123));
      expectWithin("y", await valuesOf(y.tensor), wanted.y.values, 1e-4);
      await Promise.all([measured, written]);
      check(started.length === 1, `called ${started.length} times`);
    },
  ),
  timingCase(
    "timing: what the work throws rejects, and the next measurement works",
    async ({ handler }, timing) => {
      const own = new Error("the caller's own");
      const failing = () => {
        throw own;
      };
      const caught = await timing.measure(failing).catch((error: unknown) => error);
      check(caught === own, `rejected with ${String(caught)}`);
      const time = await timing.measure(muchWork(handler));
      check(time > 0, `afterwards eight forwards take ${time} ms`);
    },
  ),
  timingCase("timing: is refused after dispose", async ({ open }) => {
    const handler = await open();
    const timing = handler.timing as HandlerTiming;
    handler.dispose();
    await expectError("DISPOSED", () => timing.measure(() => {}));
  }),
];
