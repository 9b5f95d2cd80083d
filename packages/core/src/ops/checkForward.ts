import { argumentError } from "../errors/argumentError.js";
import { checkEpsilon, checkFinite, checkOneOf } from "../errors/check.js";
import type { Tensor } from "../tensor/tensor.js";
import type { TensorDescriptor } from "../tensor/tensorDescriptor.js";
import type { Activation } from "../vocabulary/activation.js";
import type { ForwardArguments } from "./callArguments.js";
import type { ForwardRecord } from "./callRecords.js";
import { overlapCheck } from "./overlapCheck.js";
import { checkOptionalTensorLike, checkTensorLike } from "./tensorArguments.js";

const DEFAULT_EPSILON = 1e-5;
const ACTIVATIONS: readonly Activation[] = ["identity", "relu"];

/** epsilon of a call that has no saved one. */
export function epsilonOf(call: string, value: unknown): number {
  return value === undefined ? DEFAULT_EPSILON : checkEpsilon(call, value);
}

export function activationOf(call: string, value: unknown): Activation {
  return value === undefined ? "identity" : checkOneOf(call, "activation", value, ACTIVATIONS);
}

export function blendOf(call: string, argument: string, value: unknown, otherwise: 0 | 1): number {
  return value === undefined ? otherwise : checkFinite(call, argument, value);
}

/** Checks what both forwards share and fills `record`. */
export function checkForward(
  call: string,
  args: ForwardArguments,
  x: Tensor,
  parameters: TensorDescriptor,
  record: ForwardRecord,
): void {
  const { handler, descriptor } = x;
  const y = checkTensorLike(call, "y", args.y, handler, descriptor);
  const z = checkOptionalTensorLike(call, "z", args.z, handler, descriptor);
  const scale = checkTensorLike(call, "scale", args.scale, handler, parameters);
  const bias = checkTensorLike(call, "bias", args.bias, handler, parameters);
  record.activation = activationOf(call, args.activation);
  record.epsilon = epsilonOf(call, args.epsilon);
  record.alpha = blendOf(call, "alpha", args.alpha, 1);
  record.beta = blendOf(call, "beta", args.beta, 0);
  if (record.activation === "relu") checkUnblended(call, record.alpha, record.beta);
  if (z !== null && record.beta !== 0) checkBlendedResidual(call, z, record.beta);
  overlapCheck.input(z);
  overlapCheck.input(scale);
  overlapCheck.input(bias);
  overlapCheck.output(call, "y", y);
  record.x = x.memory;
  record.y = y.memory;
  record.z = z === null ? null : z.memory;
  record.scale = scale.memory;
  record.bias = bias.memory;
}

function checkUnblended(call: string, alpha: number, beta: number): void {
  if (alpha === 1 && beta === 0) return;
  throw argumentError("INVALID_ARGUMENT", {
    call,
    argument: "alpha, beta",
    expected: 'alpha 1 and beta 0 with the activation "relu"',
    received: [alpha, beta],
  });
}

function checkBlendedResidual(call: string, z: Tensor, beta: number): void {
  const { dataType } = z.descriptor;
  if (z.handler.capabilities.blendedResidual.includes(dataType)) return;
  throw argumentError("UNSUPPORTED", {
    call,
    argument: "beta",
    expected: `0 with z in ${dataType} (as this backend declares)`,
    received: beta,
  });
}
