import { BatchNormError } from "@batchnorm/core";
import type { PlanContext } from "../planContext.js";

/** cuDNN computes with this epsilon, not with 0 in its place. */
export function keepsEpsilon(wide: boolean, epsilon: number): boolean {
  return wide || epsilon === 0 || Math.fround(epsilon) !== 0;
}

/**
 * cuDNN takes epsilon as float32, but for float64 tensors: what is too small would silently be 0.
 * @throws BatchNormError `UNSUPPORTED`
 */
export function checkEpsilon({ wide, words }: PlanContext, epsilon: number): void {
  if (keepsEpsilon(wide, epsilon)) return;
  const expected = "0 or at least 1.4e-45, as cuDNN keeps it in float32";
  const message = `cudnn: epsilon: expected ${expected}, received ${epsilon} (${words})`;
  const details = { argument: "epsilon", expected, received: epsilon };
  throw new BatchNormError("UNSUPPORTED", message, { details });
}
