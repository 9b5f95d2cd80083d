import { BatchNormError } from "../errors/batchNormError.js";
import type { Handler } from "../handler/handler.js";
import { hasSelfOverlap } from "../tensor/selfOverlap.js";
import type { Tensor } from "../tensor/tensor.js";
import type { TensorDescriptor } from "../tensor/tensorDescriptor.js";

const selfOverlap = new WeakMap<TensorDescriptor, boolean>();

/**
 * Finds an output that shares memory with another tensor of its call, in one pass and without
 * allocating: every tensor is marked with the number of the call, and an output must not be marked
 * already. Mark an input that an output may share (dy with dx) after that output was claimed.
 * The handler counts the calls, since copies of this package may share it.
 */
export const overlapCheck = {
  begin(handler: Handler): void {
    handler.callCount++;
  },

  input(tensor: Tensor | null): void {
    if (tensor !== null) tensor.mark = tensor.handler.callCount;
  },

  /** An output given by the user: not part of any ops, no overlap within itself. */
  output(call: string, argument: string, tensor: Tensor | null): void {
    if (tensor === null) return;
    if (tensor.owner !== null) {
      throw overlap(call, argument, `belongs to ${tensor.owner.label}`);
    }
    if (overlapsItself(tensor.descriptor)) {
      throw overlap(call, argument, "has strides that overlap within itself");
    }
    overlapCheck.state(call, argument, tensor);
  },

  /** An output that the ops owns. */
  state(call: string, argument: string, tensor: Tensor | null): void {
    if (tensor === null) return;
    if (tensor.mark === tensor.handler.callCount) {
      throw overlap(call, argument, "shares memory with another tensor of this call");
    }
    tensor.mark = tensor.handler.callCount;
  },
};

function overlapsItself(descriptor: TensorDescriptor): boolean {
  if (descriptor.packed) return false;
  let known = selfOverlap.get(descriptor);
  if (known === undefined) {
    known = hasSelfOverlap(descriptor);
    selfOverlap.set(descriptor, known);
  }
  return known;
}

function overlap(call: string, argument: string, received: string): BatchNormError {
  return new BatchNormError(
    "OVERLAPPING_MEMORY",
    `${call}: ${argument}: expected memory of its own, received a tensor that ${received}`,
    { details: { call, argument, expected: "memory of its own", received } },
  );
}
