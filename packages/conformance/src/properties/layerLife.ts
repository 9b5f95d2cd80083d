import { Ops, parseInfo, stringifyInfo } from "@batchnorm/core";
import fc from "fast-check";
import type { Case } from "../case.js";
import { expectEqual } from "../compare/expectSame.js";
import { createLayer, type Layer, runningOf } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { dataTypesOf } from "../rig/specs.js";
import type { Trained } from "../rig/train.js";
import { expectProperty } from "./expectProperty.js";
import { specFor } from "./layouts.js";
import { type Play, playBackward, playInference, playTraining } from "./playStep.js";
import { arbitraryScenario, type Step } from "./scenario.js";

/** What may happen to a layer, in any order. */
const EVENTS = ["train", "backward", "infer", "save and restore", "stage again", "reset"] as const;

interface Life {
  play: Play;
  /** Forwards whose saved statistics still hold. */
  readonly pending: { readonly trained: Trained; readonly step: Step }[];
}

async function live(life: Life, event: (typeof EVENTS)[number], step: Step): Promise<void> {
  const { play, pending } = life;
  const { layer, layout } = play;
  if (event === "train") await train(life, step);
  if (event === "infer") await inferOnly(life, step);
  if (event === "stage again") layer.ops.stage(specFor(layout, step.batch));
  if (event === "save and restore") life.play = { ...play, layer: await restored(life) };
  if (event === "backward" && pending.length > 0) {
    const { trained, step: of } = pending[step.batch % pending.length];
    await playBackward(play, { ...step, epsilon: of.epsilon }, trained);
  }
  if (event === "reset") {
    pending.length = 0;
    layer.ops.reset();
    layer.ops.stage(specFor(layout, step.batch));
  }
}

async function train({ play, pending }: Life, step: Step): Promise<void> {
  const trained = await playTraining(play, step);
  // The ops' own saved statistics are those of the last forward that used them.
  const replaced = step.ownSaved ? -1 : pending.findIndex((one) => one.trained.saved === undefined);
  if (replaced >= 0) pending.splice(replaced, 1);
  pending.push({ trained, step });
}

/** playInference trains too, which replaces the ops' own saved statistics. */
async function inferOnly({ play, pending }: Life, step: Step): Promise<void> {
  await playInference(play, step);
  const replaced = pending.findIndex((one) => one.trained.saved === undefined);
  if (replaced >= 0) pending.splice(replaced, 1);
}

async function restored({ play, pending }: Life): Promise<Layer> {
  const { layer } = play;
  const before = await runningOf(layer);
  const text = stringifyInfo(await layer.ops.toInfo());
  const own = pending.filter(({ trained }) => trained.saved === undefined);
  pending.splice(0, pending.length, ...own);
  layer.ops.dispose();
  const copy = { ...layer, ops: Ops.fromInfo(layer.handler, parseInfo(text)) };
  const after = await runningOf(copy);
  expectEqual("restored runningMean", after.mean, before.mean);
  expectEqual("restored runningVariance", after.variance, before.variance);
  return copy;
}

export const layerLifeCases: readonly Case[] = [
  {
    name: "property: any order of calls on a layer matches the oracle",
    async run(context) {
      const { handler, capabilities } = context;
      const scenarios = arbitraryScenario(dataTypesOf(capabilities), capabilities);
      const events = fc.array(fc.constantFrom(...EVENTS), { minLength: 2, maxLength: 10 });
      await expectProperty(context, [scenarios, events], async (scenario, all) => {
        const { mode, layout, options, steps, seed } = scenario;
        const random = createRandom(seed);
        const layer = createLayer(handler, { mode, spec: specFor(layout, 3), options, random });
        const life: Life = { play: { layer, layout, random }, pending: [] };
        for (const [i, event] of all.entries()) await live(life, event, steps[i % steps.length]);
        life.play.layer.ops.dispose();
      });
    },
  },
];
