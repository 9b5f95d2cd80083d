import { DATA_TYPES } from "@batchnorm/core";
import type fc from "fast-check";
import { type Case, type Context, needs } from "../case.js";
import { createLayer } from "../rig/layer.js";
import { createRandom } from "../rig/random.js";
import { dataTypesOf } from "../rig/specs.js";
import { expectProperty } from "./expectProperty.js";
import { specFor } from "./layouts.js";
import { type Play, playBackward, playInference, playTraining } from "./playStep.js";
import { arbitraryScenario, type Scenario, type Step } from "./scenario.js";

/** Batch size that a layer is staged with; that of the calls differs. */
const STAGED_BATCH = 3;

type PlayStep = (play: Play, step: Step) => Promise<void>;

/** Plays each step of random scenarios on a fresh layer. */
async function forAll(
  context: Context,
  scenarios: fc.Arbitrary<Scenario>,
  playStep: PlayStep,
): Promise<void> {
  await expectProperty(context, [scenarios], async ({ mode, layout, options, seed, steps }) => {
    const random = createRandom(seed);
    const spec = specFor(layout, STAGED_BATCH);
    const layer = createLayer(context.handler, { mode, spec, options, random });
    for (const step of steps) await playStep({ layer, layout, random }, step);
    layer.ops.dispose();
  });
}

const trainAndDifferentiate: PlayStep = async (play, step) => {
  const trained = await playTraining(play, step);
  await playBackward(play, step, trained);
};

const everything: PlayStep = async (play, step) => {
  await trainAndDifferentiate(play, step);
  await playInference(play, step);
};

export const propertyCases: readonly Case[] = [
  ...DATA_TYPES.flatMap((dataType): Case[] => [
    {
      name: `property: training and gradients match the oracle in ${dataType}`,
      skip: needs.dataType(dataType),
      run: (context) =>
        forAll(context, arbitraryScenario([dataType], context.capabilities), trainAndDifferentiate),
    },
    {
      name: `property: inference and its gradients match the oracle in ${dataType}`,
      skip: needs.dataType(dataType),
      run: (context) =>
        forAll(context, arbitraryScenario([dataType], context.capabilities), playInference),
    },
  ]),
  {
    name: "property: arbitrary strides match the oracle and keep their gaps",
    skip: needs.arbitraryStrides,
    run: (context) => {
      const { capabilities } = context;
      const scenarios = arbitraryScenario(dataTypesOf(capabilities), capabilities, true);
      return forAll(context, scenarios, everything);
    },
  },
];
