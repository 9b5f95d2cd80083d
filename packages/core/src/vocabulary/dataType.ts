import { BatchNormError } from "../errors/batchNormError.js";

/** Element types of tensors. 16-bit types are stored as bits in a `Uint16Array`. */
export type DataType = "float32" | "float64" | "float16" | "bfloat16";

/** Element types that statistics, scale and bias can have. */
export type StatisticsDataType = "float32" | "float64";

/** The native host array of each data type. */
export interface HostArrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
}

/** The native host array of some data type. */
export type HostArray = HostArrays[DataType];

interface DataTypeFacts {
  readonly cudnnCode: number;
  readonly bytesPerElement: 2 | 4 | 8;
  readonly statistics: StatisticsDataType;
  readonly array: new (
    buffer: ArrayBufferLike | number,
    byteOffset?: number,
    length?: number,
  ) => HostArray;
}

const FACTS: Readonly<Record<DataType, DataTypeFacts>> = {
  float32: { cudnnCode: 0, bytesPerElement: 4, statistics: "float32", array: Float32Array },
  float64: { cudnnCode: 1, bytesPerElement: 8, statistics: "float64", array: Float64Array },
  float16: { cudnnCode: 2, bytesPerElement: 2, statistics: "float32", array: Uint16Array },
  bfloat16: { cudnnCode: 9, bytesPerElement: 2, statistics: "float32", array: Uint16Array },
};

/** All data types. */
export const DATA_TYPES: readonly DataType[] = Object.freeze([
  "float32",
  "float64",
  "float16",
  "bfloat16",
]);

export function isDataType(value: unknown): value is DataType {
  return typeof value === "string" && Object.hasOwn(FACTS, value);
}

/** `cudnnDataType_t`: float32 0, float64 1, float16 2, bfloat16 9. */
export function dataTypeCode(dataType: DataType): number {
  return FACTS[dataType].cudnnCode;
}

/** Size of one element in bytes. */
export function bytesPerElement(dataType: DataType): 2 | 4 | 8 {
  return FACTS[dataType].bytesPerElement;
}

/** The type of statistics, scale and bias for a tensor of `dataType`: float64 for float64, else float32. */
export function statisticsDataType(dataType: DataType): StatisticsDataType {
  return FACTS[dataType].statistics;
}

/**
 * A new zero-filled host array of `length` elements, or a view of a whole buffer.
 * @throws BatchNormError `OUT_OF_MEMORY`
 */
export function hostArray<T extends DataType>(
  dataType: T,
  source: ArrayBuffer | number,
): HostArrays[T] {
  const { array: HostArray, bytesPerElement: size } = FACTS[dataType];
  try {
    return new HostArray(source) as HostArrays[T];
  } catch (cause) {
    const byteLength = typeof source === "number" ? source * size : source.byteLength;
    const message = `no host memory for an array of ${byteLength} bytes`;
    throw new BatchNormError("OUT_OF_MEMORY", message, { details: { byteLength }, cause });
  }
}

/** A host array over part of a buffer, without copying. */
export function hostView<T extends DataType>(
  dataType: T,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): HostArrays[T] {
  const { array: HostArray } = FACTS[dataType];
  return new HostArray(buffer, byteOffset, length) as HostArrays[T];
}
