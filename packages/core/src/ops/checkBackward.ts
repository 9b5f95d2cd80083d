import { argumentError } from "../errors/argumentError.js";
import { BatchNormError } from "../errors/batchNormError.js";
import { checkEpsilon } from "../errors/check.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  describeDescriptor,
  sameLayout,
  type TensorDescriptor,
} from "../tensor/tensorDescriptor.js";
import type { BackwardInferenceArguments } from "./callArguments.js";
import type { GradientRecord } from "./callRecords.js";
import { activationOf, blendOf } from "./checkForward.js";
import { overlapCheck } from "./overlapCheck.js";
import type { SavedStatistics } from "./statistics.js";
import { checkOptionalTensorLike, checkTensorLike } from "./tensorArguments.js";

/** Checks what both backwards share and fills `record`. */
export function checkBackward(
  call: string,
  args: BackwardInferenceArguments,
  x: Tensor,
  parameters: TensorDescriptor,
  record: GradientRecord,
): void {
  const { handler, descriptor } = x;
  const dy = checkTensorLike(call, "dy", args.dy, handler, descriptor);
  const dx = checkTensorLike(call, "dx", args.dx, handler, descriptor);
  const dz = checkOptionalTensorLike(call, "dz", args.dz, handler, descriptor);
  const scale = checkTensorLike(call, "scale", args.scale, handler, parameters);
  const dScale = checkTensorLike(call, "dScale", args.dScale, handler, parameters);
  const dBias = checkTensorLike(call, "dBias", args.dBias, handler, parameters);
  record.activation = activationOf(call, args.activation);
  const fused = record.activation === "relu";
  const y = neededIf(fused, call, "y", args.y, x, descriptor);
  const bias = neededIf(fused, call, "bias", args.bias, x, parameters);
  record.alphaData = blendOf(call, "alphaData", args.alphaData, 1);
  record.betaData = blendOf(call, "betaData", args.betaData, 0);
  record.alphaParam = blendOf(call, "alphaParam", args.alphaParam, 1);
  record.betaParam = blendOf(call, "betaParam", args.betaParam, 0);

  overlapCheck.input(x);
  overlapCheck.input(y);
  overlapCheck.input(scale);
  overlapCheck.input(bias);
  overlapCheck.output(call, "dx", dx);
  overlapCheck.input(dy); // after dx, which may be dy
  overlapCheck.output(call, "dz", dz);
  overlapCheck.output(call, "dScale", dScale);
  overlapCheck.output(call, "dBias", dBias);

  record.x = x.memory;
  record.dy = dy.memory;
  record.dx = dx.memory;
  record.dz = dz === null ? null : dz.memory;
  record.y = fused && y !== null ? y.memory : null;
  record.scale = scale.memory;
  record.bias = bias === null ? null : bias.memory;
  record.dScale = dScale.memory;
  record.dBias = dBias.memory;
}

/** The epsilon of a backward: the saved one, or the caller's where none is known. */
export function backwardEpsilon(
  call: string,
  given: unknown,
  saved: SavedStatistics | null,
): number {
  const known = saved?.source?.epsilon ?? null;
  if (given === undefined) {
    if (known !== null) return known;
    throw argumentError("INVALID_ARGUMENT", {
      call,
      argument: "epsilon",
      expected: "the epsilon of the forward, since no saved statistics know it",
      received: given,
    });
  }
  const epsilon = checkEpsilon(call, given);
  if (known === null || known === epsilon) return epsilon;
  throw argumentError("SAVED_STATISTICS_MISMATCH", {
    call,
    argument: "epsilon",
    expected: `${known}, which the statistics were saved with`,
    received: epsilon,
  });
}

/** Refuses saved statistics that no forward has filled, or that belong to another x. */
export function checkSource(call: string, saved: SavedStatistics, x: TensorDescriptor): void {
  const { source } = saved;
  if (source === null) {
    const message = `${call}: saved: expected statistics of a forwardTraining, received none yet`;
    throw new BatchNormError("SAVED_STATISTICS_MISMATCH", message, { details: { call } });
  }
  if (source.descriptor === null || sameLayout(source.descriptor, x)) return;
  throw argumentError("SAVED_STATISTICS_MISMATCH", {
    call,
    argument: "x",
    expected: `${describeDescriptor(source.descriptor)}, which the statistics were saved for`,
    received: x,
    receivedText: describeDescriptor(x),
  });
}

function neededIf(
  needed: boolean,
  call: string,
  argument: string,
  value: unknown,
  x: Tensor,
  descriptor: TensorDescriptor,
): Tensor | null {
  if (needed) return checkTensorLike(call, argument, value, x.handler, descriptor);
  return checkOptionalTensorLike(call, argument, value, x.handler, descriptor);
}
