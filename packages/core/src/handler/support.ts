import type { Capabilities } from "../contract/capabilities.js";
import { argumentError } from "../errors/argumentError.js";
import { describeDescriptor, type TensorDescriptor } from "../tensor/tensorDescriptor.js";

/** Refuses a descriptor outside what the backend declares. */
export function checkSupported(
  call: string,
  capabilities: Capabilities,
  descriptor: TensorDescriptor,
): void {
  const expected = expectation(capabilities, descriptor);
  if (expected === null) return;
  throw argumentError("UNSUPPORTED", {
    call,
    argument: "descriptor",
    expected: `${expected} (as this backend declares)`,
    received: descriptor,
    receivedText: describeDescriptor(descriptor),
  });
}

function expectation(
  { dataTypes, strides, maxRank, maxStridedRank }: Capabilities,
  descriptor: TensorDescriptor,
): string | null {
  if (!dataTypes.includes(descriptor.dataType)) return `a data type of ${dataTypes.join(", ")}`;
  if (strides === "packed" && !descriptor.packed) return "packed strides";
  const rank = descriptor.dims.length;
  if (maxRank !== null && rank > maxRank) return `a rank of at most ${maxRank}`;
  if (maxStridedRank !== null && !descriptor.packed && rank > maxStridedRank) {
    return `packed strides above rank ${maxStridedRank}`;
  }
  return null;
}
