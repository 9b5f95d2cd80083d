import type { VarianceConvention } from "@batchnorm/core";
import type { HostAccess } from "../hostAccess.js";
import type { Sabotage, TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

/** Wrong running statistics. */
export const brokenRunning: readonly Broken[] = [
  {
    name: "keeps a biased running variance",
    caughtBy: ["rule 2: running variance is unbiased"],
    create: () => withConvention("biased"),
  },
  {
    name: "keeps an unbiased running variance, whatever was asked",
    caughtBy: ['rule 2: running variance is biased with runningVariance: "biased"'],
    create: () => withConvention("unbiased"),
  },
  {
    name: "takes averagingFactor as the weight of the old value",
    caughtBy: ["rule 4: averagingFactor is the weight of the new value"],
    create: () => ({
      async forwardTraining({ call, proceed }) {
        call.averagingFactor = 1 - call.averagingFactor;
        proceed();
      },
    }),
  },
  {
    name: "multiplies an old NaN by 0 where averagingFactor is 1",
    caughtBy: ["rule 5: averagingFactor 1 overwrites, so that an old NaN is gone"],
    create: () => ({ forwardTraining: keepNonFinite }),
  },
  {
    name: "writes NaN into running statistics when it prepares for one value per statistic",
    caughtBy: ["rule 3: training on one value per statistic is refused and nothing is written"],
    create: poisonOnSingleValue,
  },
  {
    name: "turns a variance of NaN into 0",
    caughtBy: [
      "rule 15: NaN or Inf in x makes all of y and the statistics of its channel non-finite",
    ],
    create: () => ({
      async forwardTraining({ spec, call, proceed, host }) {
        proceed();
        if (call.running === null) return;
        const hide = (variance: number) => (Number.isNaN(variance) ? 0 : variance);
        await host.map(call.running.variance, spec.parameters, hide);
      },
    }),
  },
  {
    name: "updates the running mean in inference",
    caughtBy: ["order: no call writes to what it only reads"],
    create: () => ({
      async forwardInference({ spec, call, proceed, host }) {
        proceed();
        await host.map(call.running.mean, spec.parameters, (mean) => 0.9 * mean + 0.1);
      },
    }),
  },
  {
    name: "resets the running statistics after an empty batch",
    caughtBy: ["rule 13: an empty batch leaves running and saved statistics untouched"],
    create: resetAfterEmptyBatch,
  },
];

function withConvention(convention: VarianceConvention): Sabotage {
  return {
    async forwardTraining({ call, proceed }) {
      if (call.running !== null) call.running = { ...call.running, convention };
      proceed();
    },
  };
}

async function keepNonFinite({ spec, call, proceed, host }: TrainingJob): Promise<void> {
  const { running } = call;
  if (running === null) return proceed();
  const memories = [running.mean, running.variance];
  const before = await Promise.all(memories.map((one) => host.read(one, spec.parameters)));
  proceed();
  for (const [i, memory] of memories.entries()) {
    await host.map(memory, spec.parameters, (value, g) => value + 0 * before[i][g]);
  }
}

/** The running statistics that were last trained, and what they were made for. */
function lastTrained() {
  let last: Pick<TrainingJob, "spec" | "call"> | null = null;
  return {
    async train({ spec, call, proceed }: TrainingJob): Promise<void> {
      last = { spec, call };
      proceed();
    },
    async fill(host: HostAccess, mean: number, variance: number): Promise<void> {
      if (last === null || last.call.running === null) return;
      const { running } = last.call;
      await host.map(running.mean, last.spec.parameters, () => mean);
      await host.map(running.variance, last.spec.parameters, () => variance);
    },
  };
}

function poisonOnSingleValue(): Sabotage {
  const { train, fill } = lastTrained();
  return {
    forwardTraining: train,
    async createPlan({ x, parameters }, host) {
      if (x.elementCount === parameters.elementCount) await fill(host, Number.NaN, Number.NaN);
    },
  };
}

function resetAfterEmptyBatch(): Sabotage {
  const { train, fill } = lastTrained();
  return {
    forwardTraining: train,
    async backward({ spec, proceed, host }) {
      proceed();
      if (spec.x.elementCount === 0) await fill(host, 0, 1);
    },
  };
}
