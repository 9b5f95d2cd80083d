import { bytesOf } from "../tensor/hostValues.js";
import { hostArray, type StatisticsDataType } from "../vocabulary/dataType.js";
import type { StatisticsArray } from "./info.js";

/**
 * Statistics ↔ little-endian bytes. Bytes are never turned into numbers on the way: that may change
 * the payload of a NaN.
 */

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The values in `bytes`, which they take over. */
export function valuesFromLittleEndian(
  dataType: StatisticsDataType,
  bytes: Uint8Array<ArrayBuffer>,
  hostIsLittleEndian = HOST_IS_LITTLE_ENDIAN,
): StatisticsArray {
  const values = hostArray(dataType, bytes.buffer);
  if (!hostIsLittleEndian) reverseEach(bytes, values.BYTES_PER_ELEMENT);
  return values;
}

/** The bytes of `values`: a view of them where the host is little-endian, else a copy. */
export function littleEndianBytes(
  values: StatisticsArray,
  hostIsLittleEndian = HOST_IS_LITTLE_ENDIAN,
): Uint8Array {
  const bytes = bytesOf(values);
  if (hostIsLittleEndian) return bytes;
  const copy = bytes.slice();
  reverseEach(copy, values.BYTES_PER_ELEMENT);
  return copy;
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) {
    bytes.subarray(start, start + size).reverse();
  }
}
