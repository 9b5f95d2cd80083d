import { argumentError } from "../errors/argumentError.js";
import { describeDescriptor, type TensorDescriptor } from "../tensor/tensorDescriptor.js";

/** One value has no variance: training on it would write NaN into an unbiased running variance. */
export function checkManyValues(
  call: string,
  x: TensorDescriptor,
  parameters: TensorDescriptor,
): void {
  if (x.elementCount > parameters.elementCount) return;
  throw argumentError("SINGLE_VALUE_PER_CHANNEL", {
    call,
    argument: "x",
    expected: "more than one value for each statistic",
    received: x,
    receivedText: describeDescriptor(x),
  });
}
