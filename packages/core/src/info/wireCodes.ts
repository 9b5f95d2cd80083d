import { type BatchNormMode, batchNormModeCode } from "../vocabulary/batchNormMode.js";
import { dataTypeCode, type StatisticsDataType } from "../vocabulary/dataType.js";
import { type Field, refuse } from "./field.js";
import type { Info } from "./info.js";

/** Names and the numbers that stand for them on the wire. */
export type Codes<Name extends string> = Readonly<Record<Name, number>>;

export const MODE_CODES: Codes<BatchNormMode> = Object.freeze({
  perActivation: batchNormModeCode("perActivation"),
  spatial: batchNormModeCode("spatial"),
  spatialPersistent: batchNormModeCode("spatialPersistent"),
});

/** `cudnnTensorFormat_t`, and gocudnn's own 128. */
export const FORMAT_CODES: Codes<Info["format"]> = Object.freeze({
  NCHW: 0,
  NHWC: 1,
  unknown: 128,
});

export const DATA_TYPE_CODES: Codes<StatisticsDataType> = Object.freeze({
  float32: dataTypeCode("float32"),
  float64: dataTypeCode("float64"),
});

export function decodeCode<Name extends string>(field: Field, codes: Codes<Name>): Name {
  const names = Object.keys(codes) as Name[];
  const found = names.find((name) => codes[name] === field.value);
  if (found !== undefined) return found;
  throw refuse(field, `one of ${names.map((name) => `${codes[name]} (${name})`).join(", ")}`);
}
