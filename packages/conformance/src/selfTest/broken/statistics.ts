import type { DeviceMemory } from "@batchnorm/core";
import { needs } from "../../case.js";
import { geometryOf } from "../../oracle/geometry.js";
import { sumByGroup } from "../../oracle/groupSum.js";
import type { BackwardJob, Sabotage, TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

const LOW_WORD = "accuracy: the low word of the mean reaches backward (|mean|/std = 1e5)";

/** Wrong batch and saved statistics. */
export const brokenStatistics: readonly Broken[] = [
  {
    name: "normalises with the unbiased variance",
    caughtBy: ["rule 1: the normalising variance is biased"],
    create: () => ({ forwardTraining: normaliseUnbiased }),
  },
  {
    name: "computes the variance as E[x²] − E[x]² in float32",
    caughtBy: ["rule 1: the variance is not E[x²] − E[x]²"],
    create: () => ({ forwardTraining: onePassVariance(Math.fround) }),
  },
  {
    name: "computes the variance as E[x²] − E[x]² in float64",
    caughtBy: ["rule 1: the variance is not E[x²] − E[x]², even in float64"],
    skip: needs.extendedMean,
    create: () => ({ forwardTraining: onePassVariance((value) => value) }),
  },
  {
    name: "saves the variance instead of the inverse standard deviation",
    caughtBy: ["rule 8: saved are the mean and 1/sqrt(variance + epsilon)"],
    create: () => ({
      async forwardTraining({ spec, call, proceed, host }) {
        proceed();
        if (call.saved === null) return;
        const toVariance = (inverse: number) => inverse ** -2 - call.epsilon;
        await host.map(call.saved.invVariance, spec.parameters, toVariance);
      },
    }),
  },
  {
    name: "drops the low word of the mean",
    caughtBy: [LOW_WORD],
    skip: needs.extendedMean,
    create: () => ({
      async forwardTraining({ spec, call, proceed, host }) {
        proceed();
        if (call.saved === null || call.saved.meanLow === null) return;
        await host.map(call.saved.meanLow, spec.parameters, () => 0);
      },
    }),
  },
  {
    name: "ignores the low word of the mean in backward",
    caughtBy: [LOW_WORD],
    skip: needs.extendedMean,
    create: () => ({
      async backward({ spec, call, proceed, host }) {
        if (call.saved !== null && call.saved.meanLow !== null) {
          const meanLow = await host.copyOf(spec.parameters, zeros(spec.parameters));
          call.saved = { ...call.saved, meanLow };
        }
        proceed();
      },
    }),
  },
  {
    name: "keeps the low word of the mean to itself, so that a written mean does not clear it",
    caughtBy: ["rule 8: writing savedMean clears its low word"],
    skip: needs.extendedMean,
    create: rememberedLowWord,
  },
  {
    name: "normalises with a mean of one word, though it declares two",
    caughtBy: ["accuracy: y is within 1e-5 at |mean|/std = 1e5"],
    skip: needs.extendedMean,
    create: () => ({ forwardTraining: normaliseWithOneWord }),
  },
  {
    name: "shares one saved statistic between two forwards",
    caughtBy: [
      "rule 8: two forwards may precede their backwards, each with its own saved statistics",
    ],
    create: sharedSaved,
  },
];

const zeros = ({ elementCount }: { elementCount: number }) => new Float64Array(elementCount);

/** y is (x − mean) · invStd · scale + bias and nothing more, so it can be scaled afterwards. */
function isPlain({ call }: TrainingJob): boolean {
  return call.z === null && call.activation === "identity" && call.alpha === 1 && call.beta === 0;
}

async function normaliseUnbiased(job: TrainingJob): Promise<void> {
  const { spec, call, proceed, host } = job;
  proceed();
  if (!isPlain(job) || call.saved === null) return;
  const { groupOf, valuesPerGroup: m } = geometryOf(spec.mode, spec.x.dims);
  const inverse = await host.read(call.saved.invVariance, spec.parameters);
  const ratio = inverse.map((one) => {
    const variance = one ** -2 - call.epsilon;
    return 1 / Math.sqrt((variance * m) / (m - 1) + call.epsilon) / one;
  });
  const bias = await host.read(call.bias, spec.parameters);
  await host.map(call.y, spec.x, (y, i) => {
    const g = groupOf[i];
    return (y - bias[g]) * ratio[g] + bias[g];
  });
}

function onePassVariance(round: (value: number) => number) {
  return async ({ spec, call, proceed, host }: TrainingJob): Promise<void> => {
    proceed();
    if (call.running === null || call.averagingFactor !== 1) return;
    const geometry = geometryOf(spec.mode, spec.x.dims);
    const m = geometry.valuesPerGroup;
    const x = await host.read(call.x, spec.x);
    const mean = sumByGroup(geometry, (i) => x[i]).map((sum) => round(sum / m));
    const squares = new Float64Array(geometry.groups);
    x.forEach((value, i) => {
      const group = geometry.groupOf[i];
      squares[group] = round(squares[group] + round(value * value));
    });
    const variance = squares.map((sum, g) => round(sum / m) - round(mean[g] * mean[g]));
    const unbiased = variance.map((value) => (value * m) / (m - 1));
    await host.write(call.running.variance, spec.parameters, unbiased);
  };
}

async function normaliseWithOneWord(job: TrainingJob): Promise<void> {
  const { spec, call, proceed, host } = job;
  proceed();
  const { saved } = call;
  if (!isPlain(job) || saved === null || saved.meanLow === null) return;
  const { groupOf } = geometryOf(spec.mode, spec.x.dims);
  const inverse = await host.read(saved.invVariance, spec.parameters);
  const low = await host.read(saved.meanLow, spec.parameters);
  const scale = await host.read(call.scale, spec.parameters);
  await host.map(call.y, spec.x, (y, i) => {
    const g = groupOf[i];
    return y + low[g] * inverse[g] * scale[g];
  });
}

function rememberedLowWord(): Sabotage {
  const remembered = new Map<DeviceMemory, Float64Array>();
  return {
    async forwardTraining({ spec, call, proceed, host }: TrainingJob) {
      proceed();
      if (call.saved === null || call.saved.meanLow === null) return;
      const low = await host.read(call.saved.meanLow, spec.parameters);
      remembered.set(call.saved.mean, low);
    },
    async backward({ spec, call, proceed, host }: BackwardJob) {
      const low = call.saved === null ? undefined : remembered.get(call.saved.mean);
      if (call.saved !== null && low !== undefined) {
        call.saved = { ...call.saved, meanLow: await host.copyOf(spec.parameters, low) };
      }
      proceed();
    },
  };
}

function sharedSaved(): Sabotage {
  let first: TrainingJob["call"]["saved"] = null;
  const share = async ({ call, proceed }: TrainingJob | BackwardJob) => {
    if (call.saved !== null) {
      first ??= call.saved;
      call.saved = first;
    }
    proceed();
  };
  return { forwardTraining: share, backward: share };
}
