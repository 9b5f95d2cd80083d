import { argumentError } from "../errors/argumentError.js";
import { type DataType, type HostArray, hostArray } from "../vocabulary/dataType.js";
import { bfloat16, float16, type NarrowFloat } from "../vocabulary/narrowFloat.js";
import { describeDescriptor, type TensorDescriptor } from "./tensorDescriptor.js";
import { typedArrayKind } from "./typedArrayKind.js";

/**
 * What a caller may give as values, in storage order: the native array, or numbers that are rounded
 * to nearest even. A `Uint16Array` means bits and fits 16-bit types only.
 */
export type HostValues = readonly number[] | Float32Array | Float64Array | Uint16Array;

/**
 * The native array for these values: the caller's own where it is native already, else a new one.
 * @throws BatchNormError `DATA_TYPE_MISMATCH`, `LENGTH_MISMATCH`, `INVALID_ARGUMENT`
 */
export function toNativeArray(
  call: string,
  descriptor: TensorDescriptor,
  values: unknown,
): HostArray {
  const given = checkKind(call, descriptor.dataType, values);
  if (given.length !== descriptor.storageLength) {
    throw argumentError("LENGTH_MISMATCH", {
      call,
      argument: "values",
      expected: `${descriptor.storageLength} values for ${describeDescriptor(descriptor)}`,
      received: values,
    });
  }
  if (isNative(descriptor.dataType, given)) return given;
  if (Array.isArray(given)) checkNumbers(call, given);
  return roundAll(descriptor.dataType, given);
}

/** Native values as float32 or float64 numbers. */
export function convertValues<A extends "float32" | "float64">(
  dataType: DataType,
  native: HostArray,
  as: A,
): A extends "float32" ? Float32Array : Float64Array;
export function convertValues(
  dataType: DataType,
  native: HostArray,
  as: "float32" | "float64",
): Float32Array | Float64Array {
  if (dataType === as) return native as Float32Array | Float64Array;
  const converted = hostArray(as, native.length);
  const narrow = narrowFloatOf(dataType);
  for (let i = 0; i < native.length; i++) {
    converted[i] = narrow === null ? native[i] : narrow.decode(native[i]);
  }
  return converted;
}

/** The 16-bit format of a data type, or null for float32 and float64. */
function narrowFloatOf(dataType: DataType): NarrowFloat | null {
  if (dataType === "float16") return float16;
  return dataType === "bfloat16" ? bfloat16 : null;
}

/** The bytes of a host array, without copying. */
export function bytesOf(values: HostArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function checkKind(call: string, dataType: DataType, values: unknown): HostValues {
  if (Array.isArray(values)) return values;
  const kind = typedArrayKind(values);
  const narrow = narrowFloatOf(dataType) !== null;
  if (kind === "Float32Array" || kind === "Float64Array" || (narrow && kind === "Uint16Array")) {
    return values as HostArray;
  }
  const expected = `number[], Float32Array or Float64Array${narrow ? ", or Uint16Array of bits" : ""}`;
  throw argumentError("DATA_TYPE_MISMATCH", {
    call,
    argument: "values",
    expected: `${expected} for ${dataType}`,
    received: values,
  });
}

const NATIVE_KINDS: Readonly<Record<DataType, string>> = {
  float32: "Float32Array",
  float64: "Float64Array",
  float16: "Uint16Array",
  bfloat16: "Uint16Array",
};

function isNative(dataType: DataType, values: HostValues): values is HostArray {
  return typedArrayKind(values) === NATIVE_KINDS[dataType];
}

function checkNumbers(call: string, values: readonly unknown[]): void {
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] === "number") continue;
    throw argumentError("INVALID_ARGUMENT", {
      call,
      argument: `values[${i}]`,
      expected: "a number",
      received: values[i],
    });
  }
}

function roundAll(dataType: DataType, values: ArrayLike<number>): HostArray {
  const native = hostArray(dataType, values.length);
  const narrow = narrowFloatOf(dataType);
  for (let i = 0; i < values.length; i++) {
    native[i] = narrow === null ? values[i] : narrow.encode(values[i]);
  }
  return native;
}
