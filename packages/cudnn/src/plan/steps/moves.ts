import type { CudnnMemory } from "../../device/cudnnMemory.js";
import type { NativePlan } from "../../native/addon.js";
import { SLOT, STEP } from "../../native/callRecord.js";
import type { PlanContext } from "../planContext.js";

/**
 * Single steps beside batch norm itself. Each fills in its arguments, over those of the step before.
 * Memories are passed as objects, here and elsewhere: an address handed on as a number is a float64 on
 * the heap.
 */

/** All bytes become 0. */
export function clear({ slots }: PlanContext, plan: NativePlan, memory: CudnnMemory): void {
  slots[SLOT.y] = memory.address;
  slots[SLOT.bytes] = memory.byteLength;
  plan.run(STEP.clear);
}

/** The bytes of a tensor like x, gaps included: for memory that is nobody's but ours. */
export function copyBytes(
  context: PlanContext,
  plan: NativePlan,
  from: CudnnMemory,
  to: CudnnMemory,
): void {
  const { slots, byteLength } = context;
  slots[SLOT.x] = from.address;
  slots[SLOT.y] = to.address;
  slots[SLOT.bytes] = byteLength;
  plan.run(STEP.copy);
}

/** The values of a tensor like x: gaps of `to` stay as they are. */
export function copyValues(
  context: PlanContext,
  plan: NativePlan,
  from: CudnnMemory,
  to: CudnnMemory,
): void {
  if (context.packed) copyBytes(context, plan, from, to);
  else addTensor(context, plan, from, to, 1, 0);
}

/** to = alpha · from + beta · to, rounded once. */
export function addTensor(
  { slots }: PlanContext,
  plan: NativePlan,
  from: CudnnMemory,
  to: CudnnMemory,
  alpha: number,
  beta: number,
): void {
  slots[SLOT.z] = from.address;
  slots[SLOT.y] = to.address;
  slots[SLOT.alpha] = alpha;
  slots[SLOT.beta] = beta;
  plan.run(STEP.addTensor);
}

/** A parameter times a factor; times 0 it is 0, whatever it was. */
export function scaleParameter(
  context: PlanContext,
  plan: NativePlan,
  memory: CudnnMemory,
  factor: number,
): void {
  if (factor === 1) return;
  if (factor === 0) {
    clear(context, plan, memory);
    return;
  }
  context.slots[SLOT.dScale] = memory.address;
  context.slots[SLOT.alpha] = factor;
  plan.run(STEP.scaleParameters);
}

/** y = max(y, 0), in place. */
export function relu({ slots }: PlanContext, plan: NativePlan, y: CudnnMemory): void {
  slots[SLOT.y] = y.address;
  plan.run(STEP.relu);
}

/** to = dy where y is not ≤ 0, else 0; without kernels of our own also 0 where y is NaN. `to` may be dy. */
export function maskGradient(
  { slots, mask }: PlanContext,
  plan: NativePlan,
  y: CudnnMemory,
  dy: CudnnMemory,
  to: CudnnMemory,
): void {
  slots[SLOT.y] = y.address;
  slots[SLOT.dy] = dy.address;
  slots[SLOT.dx] = to.address;
  const { sequence } = mask;
  if (sequence === null) plan.run(STEP.reluBackward);
  else sequence.run();
}
