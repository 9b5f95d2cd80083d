import type { ForwardInferenceCall, ForwardTrainingCall } from "@batchnorm/core";
import type { CudnnMemory } from "../../device/cudnnMemory.js";
import type { NativePlan } from "../../native/addon.js";
import { SLOT } from "../../native/callRecord.js";
import type { PlanContext } from "../planContext.js";
import { addTensor, copyValues } from "./moves.js";

type Forward = ForwardTrainingCall<CudnnMemory> | ForwardInferenceCall<CudnnMemory>;

/**
 * Puts the residual into y, for cuDNN to add its result to: alpha · (bn + z) + beta · y is
 * alpha · bn + alpha · y where y holds z, rounded once.
 */
export function placeResidual(
  context: PlanContext,
  plan: NativePlan,
  { y, alpha, beta }: Forward,
  z: CudnnMemory,
): void {
  if (beta === 0) copyValues(context, plan, z, y);
  else addTensor(context, plan, z, y, alpha, beta);
}

/** The arguments that both forwards share. */
export function fillForward({ slots }: PlanContext, call: Forward, x: CudnnMemory): void {
  slots[SLOT.x] = x.address;
  slots[SLOT.y] = call.y.address;
  slots[SLOT.scale] = call.scale.address;
  slots[SLOT.bias] = call.bias.address;
  slots[SLOT.epsilon] = call.epsilon;
  slots[SLOT.alpha] = call.alpha;
  slots[SLOT.beta] = call.beta;
}

/** After `fillForward`: y holds what `placeResidual` put there. */
export function addToResidual({ slots }: PlanContext, { alpha, beta }: Forward): void {
  slots[SLOT.beta] = beta === 0 ? alpha : 1;
}
