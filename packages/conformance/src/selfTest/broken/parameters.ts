import type { PlanSpec, TensorDescriptor } from "@batchnorm/core";
import { needs } from "../../case.js";
import { geometryOf } from "../../oracle/geometry.js";
import type { AnyCall, ForwardJob, Job, Sabotage, TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

/** Wrong use of parameters, epsilon and descriptors. */
export const brokenParameters: readonly Broken[] = [
  {
    name: "takes perActivation parameters in the order of an NHWC x",
    caughtBy: ["rule 11: perActivation parameters are 1, C, spatial… and C-major, also for NHWC"],
    create: () => ({ forwardTraining: reorderParameters, forwardInference: reorderParameters }),
  },
  {
    name: "rounds epsilon to float32",
    caughtBy: ["rule 7: an epsilon too small for float32 is kept exactly"],
    skip: needs.extendedMean,
    create: () => everyCall(roundEpsilon),
  },
  {
    name: "takes an epsilon below 1e-20 for 0",
    caughtBy: ["rule 7: a small epsilon is kept exactly"],
    create: () =>
      everyCall(async ({ call, proceed }) => {
        if (call.epsilon < 1e-20) call.epsilon = 0;
        proceed();
      }),
  },
  {
    name: "rounds epsilon to float32 for float64 tensors",
    caughtBy: [
      "rule 7: epsilon 1e-300 is kept exactly in float64",
      "rule 7: epsilon 0.1 is not rounded to float32 in float64",
    ],
    skip: needs.dataType("float64"),
    create: () => everyCall(roundEpsilon),
  },
  {
    name: "adds epsilon outside the square root",
    caughtBy: ["rule 7: epsilon is added to the variance, inside the square root"],
    create: () => ({ forwardTraining: addEpsilonOutside }),
  },
  {
    name: "keeps the plan of the first N",
    caughtBy: [
      "shapes: N and the spatial size may change from call to call",
      "shapes: N may change from call to call in perActivation mode",
    ],
    create: stalePlan,
  },
];

type Change = (job: Job) => Promise<void>;

function everyCall(change: Change): Sabotage {
  return {
    forwardTraining: change,
    forwardInference: change,
    backward: change,
    backwardInference: change,
  };
}

async function roundEpsilon({ call, proceed }: { call: AnyCall; proceed(): void }): Promise<void> {
  call.epsilon = Math.fround(call.epsilon);
  proceed();
}

async function reorderParameters({ spec, call, proceed, host }: ForwardJob): Promise<void> {
  if (spec.mode === "perActivation" && spec.x.format === "NHWC") {
    for (const name of ["scale", "bias"] as const) {
      const values = await host.read(call[name], spec.parameters);
      call[name] = await host.copyOf(spec.parameters, channelsLast(values, spec.parameters));
    }
  }
  proceed();
}

/** What a C-major position finds when it looks where a channels-last array would have it. */
function channelsLast(values: Float64Array, { dims }: TensorDescriptor): Float64Array {
  const channels = dims[1];
  const area = values.length / channels;
  return values.map((_, index) => {
    const [channel, position] = [Math.floor(index / area), index % area];
    return values[position * channels + channel];
  });
}

async function addEpsilonOutside({ spec, call, proceed, host }: TrainingJob): Promise<void> {
  proceed();
  if (call.saved === null || call.z !== null || call.activation !== "identity") return;
  const { groupOf } = geometryOf(spec.mode, spec.x.dims);
  const inverse = await host.read(call.saved.invVariance, spec.parameters);
  const outside = inverse.map(
    (one) => 1 / (Math.sqrt(Math.max(one ** -2 - call.epsilon, 0)) + call.epsilon),
  );
  const bias = await host.read(call.bias, spec.parameters);
  await host.map(call.y, spec.x, (y, i) => {
    const g = groupOf[i];
    return ((y - bias[g]) * outside[g]) / inverse[g] + bias[g];
  });
}

/** Plans are told apart by all but the size of x. */
function stalePlan(): Sabotage {
  const first = new Map<string, PlanSpec>();
  return {
    planSpec(spec) {
      const { dataType, format } = spec.x;
      const key = `${spec.mode} ${dataType} ${format} ${spec.parameters.key}`;
      const known = first.get(key) ?? spec;
      first.set(key, known);
      return known;
    },
  };
}
