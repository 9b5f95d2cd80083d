import { needs } from "../../case.js";
import { geometryOf } from "../../oracle/geometry.js";
import { sumByGroup } from "../../oracle/groupSum.js";
import type { BackwardJob, ForwardJob, TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

const UNIT = "rule 7: with epsilon 0 results do not depend on the unit of x";
const SMALL_UNIT =
  "rule 7: with epsilon 0 the unit of x may be so small that its square is no float32";
const INFERENCE = "rule 7: inference with epsilon 0 does not depend on the unit of x";

/** Intermediate results in a type too small for them. */
export const brokenRange: readonly Broken[] = [
  {
    name: "adds an epsilon of its own",
    caughtBy: [UNIT, INFERENCE],
    create: () => ({ forwardTraining: addEpsilon, forwardInference: addEpsilon }),
  },
  {
    name: "adds an epsilon of its own in float64",
    caughtBy: [`${UNIT} in float64`],
    skip: needs.dataType("float64"),
    create: () => ({ forwardTraining: addEpsilon }),
  },
  {
    name: "squares deviations in float32, where small ones vanish",
    caughtBy: [SMALL_UNIT],
    skip: needs.extendedMean,
    create: () => ({ forwardTraining: varianceOfFloat32 }),
  },
  {
    name: "cubes the inverse deviation in float32",
    caughtBy: [
      UNIT,
      "rule 15: gradients are accurate where x is large and its squares sum to something finite",
    ],
    create: () => ({ backward: cubeInFloat32 }),
  },
  {
    name: "takes small gradients for 0",
    caughtBy: ["accuracy: gradients are right where dy is small"],
    create: () => ({
      async backward({ spec, call, proceed, host }) {
        const dy = await host.read(call.dy, spec.x);
        const flushed = dy.map((value) => (Math.abs(value) < 1e-15 ? 0 : value));
        const { dx } = call;
        if (dx === call.dy) await host.write(dx, spec.x, flushed);
        else call.dy = await host.copyOf(spec.x, flushed);
        proceed();
      },
    }),
  },
  {
    name: "multiplies dy by the deviation in float32, before it divides by the standard deviation",
    caughtBy: ["accuracy: gradients are right where dy · x is too small for float32"],
    skip: needs.extendedMean,
    create: () => ({ backward: productsOfFloat32 }),
  },
];

async function addEpsilon({ call, proceed }: ForwardJob): Promise<void> {
  call.epsilon += 1e-12;
  proceed();
}

/** Changes the saved inverse deviation alone, as far as the variance changes by rounding. */
async function varianceOfFloat32({ spec, call, proceed, host }: TrainingJob): Promise<void> {
  proceed();
  const { saved, epsilon } = call;
  if (saved === null) return;
  const geometry = geometryOf(spec.mode, spec.x.dims);
  const x = await host.read(call.x, spec.x);
  const mean = await host.read(saved.mean, spec.parameters);
  const squares = sumByGroup(geometry, (i, g) => Math.fround((x[i] - mean[g]) ** 2));
  const variance = squares.map((sum) => sum / geometry.valuesPerGroup);
  await host.map(saved.invVariance, spec.parameters, (inverse, g) =>
    Number.isFinite(inverse) ? 1 / Math.sqrt(variance[g] + epsilon) : inverse,
  );
}

/** What a backward needs of its forward, and x̂. */
async function normalisedOf({ spec, call, host }: BackwardJob) {
  const { saved } = call;
  if (saved === null || call.activation !== "identity") return null;
  const geometry = geometryOf(spec.mode, spec.x.dims);
  const x = await host.read(call.x, spec.x);
  const dy = await host.read(call.dy, spec.x);
  const mean = await host.read(saved.mean, spec.parameters);
  const invStd = await host.read(saved.invVariance, spec.parameters);
  const deviation = x.map((value, i) => value - mean[geometry.groupOf[i]]);
  return { geometry, dy, deviation, invStd };
}

/** dx = scale · (invStd · (dy − mean of dy) − (x − mean) · invStd³ · Σ dy (x − mean) / m). */
async function cubeInFloat32(job: BackwardJob): Promise<void> {
  const { spec, call, proceed, host } = job;
  const parts = await normalisedOf(job);
  const scale = await host.read(call.scale, spec.parameters);
  proceed();
  if (parts === null) return;
  const { geometry, dy, deviation, invStd } = parts;
  const { groupOf, valuesPerGroup: m } = geometry;
  const products = sumByGroup(geometry, (i, g) => dy[i] * deviation[i] * invStd[g]);
  const lost = invStd.map((inverse) => 1 - Math.fround(inverse ** 3) / inverse ** 3);
  await host.map(call.dx, spec.x, (dx, i) => {
    const g = groupOf[i];
    const slope = (scale[g] * invStd[g] * products[g]) / m;
    return dx + call.alphaData * slope * deviation[i] * invStd[g] * lost[g];
  });
}

async function productsOfFloat32(job: BackwardJob): Promise<void> {
  const { spec, call, proceed, host } = job;
  const parts = await normalisedOf(job);
  proceed();
  if (parts === null || call.alphaParam !== 1 || call.betaParam !== 0) return;
  const { geometry, dy, deviation, invStd } = parts;
  const products = sumByGroup(geometry, (i) => Math.fround(dy[i] * deviation[i]));
  const dScale = products.map((sum, g) => sum * invStd[g]);
  await host.write(call.dScale, spec.parameters, dScale);
}
