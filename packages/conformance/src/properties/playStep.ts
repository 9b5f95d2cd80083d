import type { TensorSpec } from "@batchnorm/core";
import { elementCount, randomBatch, randomValues } from "../rig/batch.js";
import { expectBackward, expectBackwardInference, type GradientSetup } from "../rig/gradients.js";
import { expectInference } from "../rig/infer.js";
import type { Layer } from "../rig/layer.js";
import type { Random } from "../rig/random.js";
import { expectTraining, type ForwardSetup, type Trained } from "../rig/train.js";
import { type LayoutPlan, specFor } from "./layouts.js";
import type { Step } from "./scenario.js";

/** One step of a scenario on a layer; everything it writes is compared with the oracle. */
export interface Play {
  readonly layer: Layer;
  readonly layout: LayoutPlan;
  readonly random: Random;
}

export async function playTraining({ layer, layout, random }: Play, step: Step): Promise<Trained> {
  const { averagingFactor, ownSaved } = step;
  const saved = ownSaved ? layer.ops.createSaved() : undefined;
  const forward = forwardSetup({ layer, layout, random }, step);
  return expectTraining(layer, { ...forward, averagingFactor, saved });
}

export async function playBackward(play: Play, step: Step, trained: Trained): Promise<void> {
  await expectBackward(play.layer, trained, gradientSetup(play, step, trained));
}

export async function playInference(play: Play, step: Step): Promise<void> {
  const { layer, random } = play;
  const setup = forwardSetup(play, step);
  // Unlike in training, y may be x; then what y held before is x.
  const y = await expectInference(layer, { ...setup, inPlace: step.inPlace });
  if (!layer.handler.capabilities.backwardInference) return;
  const x = randomValues(random, setup.spec);
  const trained = await expectTraining(layer, { ...setup, x });
  const forward = { ...trained, y };
  await expectBackwardInference(layer, forward, gradientSetup(play, step, trained));
}

function forwardSetup({ layer, layout, random }: Play, step: Step): ForwardSetup {
  const { batch, epsilon, activation, withZ, offset } = step;
  const spec = specFor(layout, batch);
  const [alpha, beta] = forwardBlend(layer, spec, step);
  return {
    spec,
    epsilon,
    activation,
    alpha,
    beta,
    x: randomBatch(random, spec, layer.ops.mode, offset),
    z: withZ ? randomValues(random, spec) : undefined,
    // With beta 0 the default stays: NaN, which must not be read.
    yBefore: beta === 0 ? undefined : randomValues(random, spec),
  };
}

/** What the activation and the capabilities leave of the step's blend. */
function forwardBlend(
  { handler }: Layer,
  { dataType }: TensorSpec,
  { activation, withZ, blend: [alpha, beta] }: Step,
): Step["blend"] {
  if (activation === "relu") return [1, 0];
  const unblended = withZ && !handler.capabilities.blendedResidual.includes(dataType);
  return [alpha, unblended ? 0 : beta];
}

function gradientSetup(
  { layer, random }: Play,
  { blend: [alpha, beta], epsilon, inPlace, withZ }: Step,
  { spec }: Trained,
): GradientSetup {
  const parameters = () =>
    new Float64Array(layer.scale.values.length).map(() =>
      alpha === 0 ? Number.NaN : random.normal(),
    );
  const weights = { alphaData: alpha, betaData: beta, alphaParam: beta, betaParam: alpha };
  return {
    ...weights,
    epsilon,
    inPlace,
    withDz: withZ,
    dy: randomValues(random, spec),
    dxBefore:
      beta === 0
        ? new Float64Array(elementCount(spec)).fill(Number.NaN)
        : randomValues(random, spec),
    dScaleBefore: parameters(),
    dBiasBefore: parameters(),
  };
}
