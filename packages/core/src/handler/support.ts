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
  { dataTypes, strides, maxRank }: Capabilities,
  descriptor: TensorDescriptor,
): string | null {
  if (!dataTypes.includes(descriptor.dataType)) return `a data type of ${dataTypes.join(", ")}`;
  if (strides === "packed" && !descriptor.packed) return "packed strides";
  if (maxRank !== null && descriptor.dims.length > maxRank) return `a rank of at most ${maxRank}`;
  return null;
}
