import type { Handler } from "../handler/handler.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import { checkHandler } from "./checkHandler.js";
import { Ops } from "./ops.js";
import { checkOpsOptions, type OpsOptions } from "./opsOptions.js";

/** An ops with one statistic for each channel, over N and space. @throws `INVALID_ARGUMENT`, `DISPOSED` */
export function preStageSpatial(handler: Handler, options: Partial<OpsOptions> = {}): Ops {
  return preStage("preStageSpatial", handler, "spatial", options);
}

/** An ops with one statistic for each (C, spatial…) position, over N. @throws `INVALID_ARGUMENT`, `DISPOSED` */
export function preStagePerActivation(handler: Handler, options: Partial<OpsOptions> = {}): Ops {
  return preStage("preStagePerActivation", handler, "perActivation", options);
}

/**
 * The mathematics of `preStageSpatial`; a backend may trade input range for speed (cuDNN may
 * overflow on large finite input). @throws `INVALID_ARGUMENT`, `DISPOSED`
 */
export function preStageSpatialPersistent(
  handler: Handler,
  options: Partial<OpsOptions> = {},
): Ops {
  return preStage("preStageSpatialPersistent", handler, "spatialPersistent", options);
}

function preStage(
  call: string,
  handler: Handler,
  mode: BatchNormMode,
  options: Partial<OpsOptions>,
): Ops {
  checkHandler(call, handler);
  return new Ops(handler, mode, checkOpsOptions(call, options));
}
