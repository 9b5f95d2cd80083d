import type { DeviceMemory } from "@batchnorm/core";
import { needs } from "../../case.js";
import { geometryOf } from "../../oracle/geometry.js";
import { sumByGroup } from "../../oracle/groupSum.js";
import type { GradientJob, Sabotage } from "../sabotage.js";
import type { Broken } from "./broken.js";

type Change = (job: GradientJob) => Promise<void>;

/** Both backwards changed in the same way. */
const both = (change: Change): Sabotage => ({ backward: change, backwardInference: change });

const MASK = "rule 19: the mask comes from the stored y: 0 where y ≤ 0, and NaN passes";

/** Wrong gradients. */
export const brokenGradients: readonly Broken[] = [
  {
    name: "swaps dScale and dBias",
    caughtBy: ["goldens: PyTorch two_d in float32"],
    create: () =>
      both(async ({ call, proceed }) => {
        [call.dScale, call.dBias] = [call.dBias, call.dScale];
        proceed();
      }),
  },
  {
    name: "lets the gradient of ReLU be 1 at 0",
    caughtBy: [MASK],
    create: () => both(withStoredOutput((y) => (y === 0 ? 1 : y))),
  },
  {
    name: "blocks the gradient where y is NaN",
    caughtBy: [MASK],
    create: () => both(withStoredOutput((y) => (Number.isNaN(y) ? 0 : y))),
  },
  {
    name: "multiplies the gradient by the mask, so that a blocked NaN spreads",
    caughtBy: ["rule 19: a gradient that the mask blocks does not count, even if it is NaN"],
    create: () => both(multiplyMask),
  },
  {
    name: "reads dx though betaData is 0",
    caughtBy: ["rule 9: beta 0 does not read the destination, where NaN may stand"],
    create: () => both(readDestinations),
  },
  {
    name: "blends the parameter gradients with the weights of the data",
    caughtBy: ["rule 9: dx, dScale and dBias are blended, each pair with its own alpha and beta"],
    create: () =>
      both(async ({ call, proceed }) => {
        call.alphaParam = call.alphaData;
        call.betaParam = call.betaData;
        proceed();
      }),
  },
  {
    name: "does not touch the parameter gradients of an empty batch",
    caughtBy: ["rule 13: the parameter gradients of an empty batch are 0"],
    create: () =>
      both(async ({ spec, proceed }) => {
        if (spec.x.elementCount > 0) proceed();
      }),
  },
  {
    name: "overwrites dy before it has read all of it, where dx is in the same place",
    caughtBy: ["rule 16: dx may be dy"],
    create: () =>
      both(async ({ spec, call, proceed, host }) => {
        if (call.dx === call.dy) await host.map(call.dx, spec.x, (dy, i) => (i === 0 ? 0 : dy));
        proceed();
      }),
  },
  {
    name: "lets the gradients of inference flow through the mean",
    caughtBy: [
      "rule 19: fused gradients of inference",
      "property: inference and its gradients match the oracle in float32",
    ],
    skip: needs.backwardInference,
    create: () => ({ backwardInference: throughTheMean }),
  },
];

/** As if the running mean were that of x: the gradient of each group sums to 0. */
async function throughTheMean({ spec, call, proceed, host }: GradientJob): Promise<void> {
  proceed();
  const geometry = geometryOf(spec.mode, spec.x.dims);
  const dx = await host.read(call.dx, spec.x);
  const sums = sumByGroup(geometry, (i) => dx[i]);
  const { groupOf, valuesPerGroup } = geometry;
  await host.map(call.dx, spec.x, (value, i) => value - sums[groupOf[i]] / valuesPerGroup);
}

/** The mask sees another y. */
function withStoredOutput(change: (y: number) => number): Change {
  return async ({ spec, call, proceed, host }) => {
    if (call.y !== null) {
      call.y = await host.copyOf(spec.x, (await host.read(call.y, spec.x)).map(change));
    }
    proceed();
  };
}

async function multiplyMask({ spec, call, proceed, host }: GradientJob): Promise<void> {
  if (call.y !== null) {
    const mask = (await host.read(call.y, spec.x)).map((y) => (y <= 0 ? 0 : 1));
    const dy = await host.read(call.dy, spec.x);
    call.dy = await host.copyOf(
      spec.x,
      dy.map((value, i) => value * mask[i]),
    );
    call.y = await host.copyOf(spec.x, mask.fill(1));
  }
  proceed();
}

async function readDestinations({ spec, call, proceed, host }: GradientJob): Promise<void> {
  const before = await host.read(call.dx, spec.x);
  const aliased: DeviceMemory = call.dy;
  proceed();
  if (call.dx === aliased) return;
  await host.map(call.dx, spec.x, (dx, i) => dx + 0 * before[i]);
}
