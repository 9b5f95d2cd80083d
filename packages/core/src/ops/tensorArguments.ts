import { argumentError } from "../errors/argumentError.js";
import { BatchNormError } from "../errors/batchNormError.js";
import type { ErrorCode } from "../errors/errorCode.js";
import type { Handler } from "../handler/handler.js";
import { checkSupported } from "../handler/support.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  createTensorDescriptor,
  describeDescriptor,
  sameLayout,
  type TensorDescriptor,
  type TensorSpec,
} from "../tensor/tensorDescriptor.js";

/** A living tensor of this handler. */
export function checkTensor(
  call: string,
  argument: string,
  value: unknown,
  handler: Handler,
): Tensor {
  if (!isTensor(value)) {
    throw argumentError("INVALID_ARGUMENT", {
      call,
      argument,
      expected: "a tensor",
      received: value,
    });
  }
  if (value.handler !== handler) {
    throw argumentError("HANDLER_MISMATCH", {
      call,
      argument,
      expected: "a tensor of the handler of this ops",
      received: value,
      receivedText: "a tensor of another handler",
    });
  }
  if (value.disposed) {
    const message = `${call}: ${argument}: expected a living tensor, received a disposed one`;
    throw new BatchNormError("DISPOSED", message, { details: { call, argument } });
  }
  return value;
}

/** A living tensor of this handler with the data type, dims and strides of `descriptor`. */
export function checkTensorLike(
  call: string,
  argument: string,
  value: unknown,
  handler: Handler,
  descriptor: TensorDescriptor,
): Tensor {
  const tensor = checkTensor(call, argument, value, handler);
  if (tensor.descriptor === descriptor || sameLayout(tensor.descriptor, descriptor)) return tensor;
  const sameType = tensor.descriptor.dataType === descriptor.dataType;
  throw descriptorError(
    sameType ? "SHAPE_MISMATCH" : "DATA_TYPE_MISMATCH",
    call,
    argument,
    describeDescriptor(descriptor),
    tensor.descriptor,
  );
}

export function checkOptionalTensorLike(
  call: string,
  argument: string,
  value: unknown,
  handler: Handler,
  descriptor: TensorDescriptor,
): Tensor | null {
  if (value === undefined || value === null) return null;
  return checkTensorLike(call, argument, value, handler, descriptor);
}

function descriptorError(
  code: ErrorCode,
  call: string,
  argument: string,
  expected: string,
  received: TensorDescriptor,
): BatchNormError {
  const receivedText = describeDescriptor(received);
  return argumentError(code, { call, argument, expected, received, receivedText });
}

/** By shape, not by class: copies of this package share tensors. */
function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const { handler, descriptor, memory } = value as Partial<Tensor>;
  return handler !== undefined && descriptor !== undefined && memory !== undefined;
}

/** The interned descriptor of a tensor, or of a description the backend supports. */
export function descriptorOf(
  call: string,
  handler: Handler,
  x: Tensor | TensorSpec,
): TensorDescriptor {
  if (isTensor(x)) return checkTensor(call, "x", x, handler).descriptor;
  const descriptor = handler.intern(createTensorDescriptor(x, call));
  checkSupported(call, handler.capabilities, descriptor);
  return descriptor;
}
