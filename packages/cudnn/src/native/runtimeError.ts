import type { RuntimeError } from "@batchnorm/core";

/**
 * cudnnStatus_t that kernels report, by the page "cudnn_graph Library" of NVIDIA's documentation
 * (cudnnStatus_t).
 */
const KNOWN: ReadonlyMap<number, readonly [name: string, text: string]> = new Map([
  [1006, ["CUDNN_STATUS_RUNTIME_IN_PROGRESS", "kernels are still running"]],
  [
    1007,
    [
      "CUDNN_STATUS_RUNTIME_FP_OVERFLOW",
      "a persistent kernel met values too large for its fixed-point sums; use the mode spatial",
    ],
  ],
]);

/** null for status 0. */
export function runtimeErrorOf(status: number): RuntimeError | null {
  if (status === 0) return null;
  const [name, text] = KNOWN.get(status) ?? [`cudnnStatus_t ${status}`, "cuDNN reports an error"];
  return { code: status, name, text };
}
