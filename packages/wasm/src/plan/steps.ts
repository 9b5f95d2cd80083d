import type { DataType } from "@batchnorm/core";
import type { Geometry } from "./geometry.js";
import type { Phase } from "./phases.js";

/** One phase of a call: `units` independent pieces of work, each of about `unitBytes` of memory traffic. */
export interface Step {
  readonly phase: Phase;
  readonly units: number;
  readonly unitBytes: number;
}

/** The steps of each operation, one after the other. */
export interface OperationSteps {
  readonly training: readonly Step[];
  readonly inference: readonly Step[];
  readonly backward: readonly Step[];
  /** A backward without saved statistics. */
  readonly recomputing: readonly Step[];
  /** A backward with the running statistics. */
  readonly fixed: readonly Step[];
}

/** The module's number of a data type, as `run` in assembly/index.ts takes it. */
export const DATA_TYPE_CODES: Readonly<Record<DataType, number>> = {
  float32: 0,
  float64: 1,
  float16: 2,
  bfloat16: 3,
};

/**
 * By group where there are enough groups to share out: each is read once from memory and a second
 * time from the cache. Otherwise chunk by chunk, all sums before all results.
 */
export function stepsOf(geometry: Geometry, elementBytes: number): OperationSteps {
  const { outer, columns, inner, chunks, groups, byGroup } = geometry;
  const tensorBytes = outer * columns * inner * elementBytes;
  const pieces = (phase: Phase, units: number, tensors: number): Step => ({
    phase,
    units,
    unitBytes: units === 0 ? 0 : (tensors * tensorBytes) / units,
  });
  const chunked = (phase: Phase, tensors: number) => pieces(phase, groups * chunks, tensors);
  const grouped = (phase: Phase, tensors: number) => pieces(phase, groups, tensors);
  const perColumn = (phase: Phase): Step => ({
    phase,
    units: columns,
    unitBytes: 64 + 16 * chunks,
  });

  const forward = byGroup
    ? [grouped("forwardGroup", 3)]
    : [chunked("stats", 1), perColumn("finishForward"), chunked("apply", 2)];
  const gradients = byGroup
    ? [grouped("backwardGroup", 5)]
    : [chunked("gradientSums", 2), perColumn("finishBackward"), chunked("inputGradient", 3)];
  return {
    training: forward,
    inference: [perColumn("prepareInference"), chunked("apply", 2)],
    backward: [perColumn("prepareFromSaved"), ...gradients],
    recomputing: [chunked("stats", 1), perColumn("prepareFromBatch"), ...gradients],
    fixed: [
      perColumn("prepareFromRunning"),
      chunked("gradientSums", 2),
      perColumn("finishBackwardFixed"),
      chunked("inputGradientFixed", 3),
    ],
  };
}
