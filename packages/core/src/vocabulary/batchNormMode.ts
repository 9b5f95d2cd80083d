/**
 * Which values share a statistic (`cudnnBatchNormMode_t`).
 * - `perActivation`: one statistic for each (C, spatial…) position, over N.
 * - `spatial`: one for each channel, over N and space.
 * - `spatialPersistent`: the mathematics of `spatial`; a backend may trade input range for speed.
 */
export type BatchNormMode = "perActivation" | "spatial" | "spatialPersistent";

/** In the order of their cuDNN codes 0, 1, 2. */
export const BATCH_NORM_MODES: readonly BatchNormMode[] = Object.freeze([
  "perActivation",
  "spatial",
  "spatialPersistent",
]);

export function isBatchNormMode(value: unknown): value is BatchNormMode {
  return BATCH_NORM_MODES.some((mode) => mode === value);
}

export function batchNormModeCode(mode: BatchNormMode): number {
  return BATCH_NORM_MODES.indexOf(mode);
}
