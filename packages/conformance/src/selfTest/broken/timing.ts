import type { Sabotage } from "../sabotage.js";
import { turns } from "../workQueue.js";
import type { Broken } from "./broken.js";

/** Long enough for everything enqueued meanwhile to be done. */
const MANY_TURNS = 1000;

/** Calls out of order, and memory that is not what it should be. */
export const brokenTiming: readonly Broken[] = [
  {
    name: "computes outputs only when they are read",
    caughtBy: [
      "order: writing to x after a forward and before the read does not change y",
      "order: writing to scale and bias after a forward does not change y",
    ],
    create: computeOnRead,
  },
  {
    name: "reads what is there when the read runs, not what was there when it was called",
    caughtBy: [
      "order: a read gives the values at its place, not later ones",
      "order: toInfo takes the statistics at its place",
    ],
    create: () => ({ beforeRead: () => turns(MANY_TURNS) }),
  },
  {
    name: "does not copy the record of a call",
    caughtBy: ["order: a chain of calls without a wait in between is right"],
    create: () => ({ keepsRecords: true }),
  },
  {
    name: "does not copy the values of a new tensor",
    caughtBy: ["tensors: createTensor copies its values at once"],
    create: () => ({ keepsSources: true }),
  },
  {
    name: "resolves a write before the values are copied",
    caughtBy: ["tensors: values may change once write has resolved"],
    create: () => ({ resolvesWritesEarly: true }),
  },
  {
    name: "reuses disposed memory while work on it is enqueued",
    caughtBy: ["order: what is disposed after a call still takes part in it"],
    create: () => ({ reusesAtOnce: true }),
  },
  {
    name: "hands out memory that is not zero",
    caughtBy: ["tensors: without values all are zero"],
    create: () => ({ dirtyMemory: true }),
  },
];

function computeOnRead(): Sabotage {
  const held: (() => void)[] = [];
  return {
    schedule: (job, enqueue) => held.push(() => enqueue(job)),
    beforeRead: () => {
      for (const start of held.splice(0)) start();
    },
  };
}
