import { bytesPerElement, type DataType } from "@batchnorm/core";
import { needs } from "../../case.js";
import { truncate } from "../../compare/storage.js";
import { meanError } from "../../compare/tolerance.js";
import { gapsOf } from "../../layout/offsets.js";
import { forwardTraining } from "../../oracle/forward.js";
import { geometryOf } from "../../oracle/geometry.js";
import type { ForwardJob, Sabotage, TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

type Change = (job: ForwardJob) => Promise<void>;

/** Both forwards changed in the same way. */
const both = (change: Change): Sabotage => ({ forwardTraining: change, forwardInference: change });

const blendedResidualIn = (dataType: DataType) =>
  `capabilities: z with beta ≠ 0 in ${dataType} is taken if declared and UNSUPPORTED if not`;

/** Wrong y. */
export const brokenForward: readonly Broken[] = [
  {
    name: "swaps scale and bias",
    caughtBy: [
      "goldens: PyTorch fc in float32",
      "rule 11: perActivation parameters are 1, C, spatial… and C-major, also for NHWC",
    ],
    create: () =>
      both(async ({ call, proceed }) => {
        [call.scale, call.bias] = [call.bias, call.scale];
        proceed();
      }),
  },
  {
    name: "leaves out the last element of the last channel",
    caughtBy: ["shapes: C that is no multiple of 4 or 16, down to the last element"],
    create: () => both(skipLastElement),
  },
  {
    name: "reads the destination though beta is 0",
    caughtBy: ["rule 9: beta 0 does not read the destination, where NaN may stand"],
    create: () => both(readDestination),
  },
  {
    name: "adds z after the activation",
    caughtBy: ["rule 19: batch norm first, then + z, then ReLU"],
    create: () => both(addAfterActivation),
  },
  {
    name: "forgets beta where there is a residual",
    caughtBy: [blendedResidualIn("float32")],
    skip: needs.blendedResidual("float32"),
    create: () =>
      both(async ({ call, proceed }) => {
        if (call.z !== null) call.beta = 0;
        proceed();
      }),
  },
  {
    name: "puts the residual into a 16-bit y before it adds the result, which rounds twice",
    caughtBy: [blendedResidualIn("float16")],
    skip: needs.blendedResidual("float16"),
    create: () => both(addToStoredResidual),
  },
  {
    name: "turns NaN into 0 in ReLU",
    caughtBy: ["rule 19: NaN passes through ReLU in the forwards"],
    create: () =>
      both(async ({ spec, call, proceed, host }) => {
        proceed();
        if (call.activation === "identity") return;
        await host.map(call.y, spec.x, (y) => (Number.isNaN(y) ? 0 : y));
      }),
  },
  {
    name: "spreads a NaN of one channel to the first",
    caughtBy: ["rule 15: NaN or Inf in x reaches nothing of other channels"],
    create: () =>
      both(async ({ spec, call, proceed, host }) => {
        proceed();
        const sum = (await host.read(call.x, spec.x)).reduce(
          (total, value) => total + 0 * value,
          0,
        );
        await host.map(call.y, spec.x, (y, i) => (i === 0 ? y + sum : y));
      }),
  },
  {
    name: "writes into the gaps between elements",
    caughtBy: ["strides: training and gradients are right and leave the gaps untouched"],
    skip: needs.arbitraryStrides,
    create: () => both(fillGaps),
  },
  {
    name: "gives other bits in every run",
    caughtBy: ["rule 18: the same calls give the same bits, again and on another handler"],
    skip: needs.determinism,
    create: unsteady,
  },
  {
    name: "rounds float16 results towards zero",
    caughtBy: ["accuracy: float16 results are rounded to nearest, without a drift to either side"],
    skip: needs.dataType("float16"),
    create: () => ({ forwardTraining: roundTowardsZero }),
  },
  {
    name: "writes y before it has read all of an x in the same place",
    caughtBy: ["rule 16: y may be x in inference"],
    create: () => ({
      async forwardInference({ spec, call, proceed, host }) {
        if (call.y === call.x) await host.map(call.y, spec.x, (x, i) => (i === 0 ? 0 : x));
        proceed();
      },
    }),
  },
];

async function skipLastElement({ spec, call, proceed, host }: ForwardJob): Promise<void> {
  const before = await host.read(call.y, spec.x);
  proceed();
  const last = before.length - 1;
  await host.map(call.y, spec.x, (y, i) => (i === last ? before[i] : y));
}

async function readDestination({ spec, call, proceed, host }: ForwardJob): Promise<void> {
  const before = await host.read(call.y, spec.x);
  proceed();
  await host.map(call.y, spec.x, (y, i) => y + 0 * before[i]);
}

async function addAfterActivation({ spec, call, proceed, host }: ForwardJob): Promise<void> {
  const { z } = call;
  if (z === null || call.activation === "identity") return proceed();
  const residual = await host.read(z, spec.x);
  call.z = null;
  proceed();
  await host.map(call.y, spec.x, (y, i) => y + residual[i]);
}

/** alpha · z + beta · y is stored in y, and the rest added to it. */
async function addToStoredResidual({ spec, call, proceed, host }: ForwardJob): Promise<void> {
  const { z, y, alpha, beta } = call;
  if (z === null || beta === 0) return proceed();
  const residual = await host.read(z, spec.x);
  await host.map(y, spec.x, (before, i) => alpha * residual[i] + beta * before);
  call.z = null;
  call.beta = 1;
  proceed();
}

async function fillGaps({ spec, call, proceed, host }: ForwardJob): Promise<void> {
  proceed();
  const bytes = await host.bytes(call.y);
  const size = bytesPerElement(spec.x.dataType);
  for (const place of gapsOf(spec.x)) bytes.fill(0, place * size, (place + 1) * size);
  await host.writeBytes(call.y, bytes);
}

/** The first value of y is off by a unit in the last place, except in every third call. */
function unsteady(): Sabotage {
  let calls = 0;
  return both(async ({ call, proceed, host }) => {
    proceed();
    if (calls++ % 3 === 0) return;
    const bytes = await host.bytes(call.y);
    bytes[0] ^= 1;
    await host.writeBytes(call.y, bytes);
  });
}

async function roundTowardsZero({ spec, call, proceed, host }: TrainingJob): Promise<void> {
  const { dataType } = spec.x;
  if (dataType !== "float16" || call.z !== null) return proceed();
  const [x, yBefore] = [await host.read(call.x, spec.x), await host.read(call.y, spec.x)];
  const parameters = await Promise.all(
    [call.scale, call.bias].map((one) => host.read(one, spec.parameters)),
  );
  const [scale, bias] = parameters;
  proceed();
  const { y } = forwardTraining({
    ...call,
    geometry: geometryOf(spec.mode, spec.x.dims),
    x,
    z: null,
    scale,
    bias,
    yBefore,
    running: { mean: scale, variance: scale },
    convention: "unbiased",
    meanError: meanError(dataType, "extendedMean"),
  });
  await host.write(
    call.y,
    spec.x,
    y.values.map((value) => truncate(dataType, value)),
  );
}
