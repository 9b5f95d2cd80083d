import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import type { StatisticsDataType } from "../vocabulary/dataType.js";
import { checkVariances, type ReadBuffer } from "./buffers.js";
import { type Field, refuse } from "./field.js";
import type { InfoStatistics, StatisticsArray } from "./info.js";
import { checkStatisticsShape, type StatisticsShape } from "./statisticsShape.js";

/** Expected of what makes no sense without statistics. */
export const NEVER_STAGED = "null, since the layer was never staged";

/** The six fields of the statistics, wherever they stand. */
export type StatisticsFields = Readonly<Record<keyof InfoStatistics, Field>>;

/** What the buffers and the extension of an info are checked against. */
export interface Layer {
  readonly mode: BatchNormMode;
  readonly dataType: StatisticsDataType;
  /** null: never staged. */
  readonly shape: StatisticsShape | null;
  readonly readBuffer: ReadBuffer;
}

/** `fields` null: never staged. */
export function checkLayer(
  mode: BatchNormMode,
  dataType: StatisticsDataType,
  fields: StatisticsFields | null,
  readBuffer: ReadBuffer,
): Layer {
  const shape =
    fields === null ? null : checkStatisticsShape(mode, dataType, fields.dims, fields.strides);
  return { mode, dataType, shape, readBuffer };
}

export function checkStatistics(
  fields: StatisticsFields | null,
  { shape, readBuffer }: Layer,
): InfoStatistics | null {
  if (fields === null || shape === null) return null;
  const { runningVariance } = fields;
  return Object.freeze({
    dims: shape.dims,
    strides: shape.strides,
    runningMean: readBuffer(fields.runningMean, shape),
    runningVariance: checkVariances(runningVariance, readBuffer(runningVariance, shape)),
    savedMean: readBuffer(fields.savedMean, shape),
    savedInvVariance: readBuffer(fields.savedInvVariance, shape),
  });
}

/** A further buffer like those of the statistics, or null. */
export function checkOptionalBuffer(field: Field, layer: Layer): StatisticsArray | null {
  if (field.value === null) return null;
  if (layer.shape === null) throw refuse(field, NEVER_STAGED);
  return layer.readBuffer(field, layer.shape);
}
