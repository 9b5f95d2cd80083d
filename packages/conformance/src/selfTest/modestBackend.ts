import type { Backend } from "@batchnorm/core";
import type { BackwardJob, Sabotage, TrainingJob } from "./sabotage.js";
import { sabotagedBackend } from "./sabotagedBackend.js";

/**
 * A correct form of a backend that declares as little as it may, and keeps to it: one float32 word of
 * mean, packed float32 tensors up to rank 5, no backward with fixed statistics, no residual with beta, no
 * clock. The suite must pass on it, or it would ask for more than a backend declares.
 */
export function modestBackend(good: Backend): Backend {
  return sabotagedBackend(good, "modest", () => MODEST);
}

const MODEST: Sabotage = {
  capabilities: {
    dataTypes: ["float32"],
    strides: "packed",
    maxRank: 5,
    maxStridedRank: null,
    backwardInference: false,
    blendedResidual: [],
    accuracy: "plainMean",
    deterministic: false,
  },
  timing: null,
  forwardTraining: normaliseWithOneWord,
  backward: withoutLowWord,
};

/** Statistics from the good call, then y again from the mean as it was stored. */
async function normaliseWithOneWord({
  spec,
  call,
  proceed,
  plan,
  host,
}: TrainingJob): Promise<void> {
  const none = new Float64Array(spec.parameters.elementCount);
  const { y, running } = call;
  const saved = call.saved ?? {
    mean: await host.copyOf(spec.parameters, none),
    invVariance: await host.copyOf(spec.parameters, none),
    meanLow: null,
    reserve: null,
  };
  const batch = {
    mean: saved.mean,
    variance: await host.copyOf(spec.parameters, none),
    convention: "biased",
  } as const;
  // A second forward, since one can average only into one place; its y goes nowhere.
  const unused = await host.copyOf(spec.x, new Float64Array(spec.x.elementCount));
  plan.forwardTraining({ ...call, y: unused, running: batch, averagingFactor: 1, saved: null });
  Object.assign(call, { y: unused, running, saved });
  proceed();
  plan.forwardInference({ ...call, y, running: batch });
}

async function withoutLowWord({ spec, call, proceed, host }: BackwardJob): Promise<void> {
  if (call.saved !== null && call.saved.meanLow !== null) {
    const none = new Float64Array(spec.parameters.elementCount);
    call.saved = { ...call.saved, meanLow: await host.copyOf(spec.parameters, none) };
  }
  proceed();
}
