/**
 * Storage order at any rank: NCHW is N, C, spatial…; NHWC is N, spatial…, C.
 * `dims` are logical (N, C, spatial…) in both.
 */
export type TensorFormat = "NCHW" | "NHWC";

/** All formats. */
export const TENSOR_FORMATS: readonly TensorFormat[] = Object.freeze(["NCHW", "NHWC"]);

export function isTensorFormat(value: unknown): value is TensorFormat {
  return value === "NCHW" || value === "NHWC";
}
