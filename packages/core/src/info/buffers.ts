import { bytesPerElement } from "../vocabulary/dataType.js";
import { base64Fault, base64Length, decodeBase64, encodeBase64 } from "./base64.js";
import { type Field, refuse } from "./field.js";
import type { StatisticsArray } from "./info.js";
import { littleEndianBytes, valuesFromLittleEndian } from "./littleEndian.js";
import type { StatisticsShape } from "./statisticsShape.js";

/** Reads one buffer of a layer: base64 on the wire, a typed array in code. */
export type ReadBuffer = (field: Field, shape: StatisticsShape) => StatisticsArray;

/** The length of the text is compared before anything is allocated. */
export const readBase64Buffer: ReadBuffer = (field, { dataType, count }) => {
  const { value: text } = field;
  const byteLength = count * bytesPerElement(dataType);
  const characters = base64Length(byteLength);
  const expected = `${byteLength} bytes (${count} × ${dataType}) as ${characters} characters of base64`;
  if (typeof text !== "string") throw refuse(field, expected);
  if (text.length !== characters) {
    throw refuse(field, expected, { receivedText: `${text.length} characters` });
  }
  const bytes = decodeBase64(text, byteLength);
  if (bytes !== null) return valuesFromLittleEndian(dataType, bytes);
  const canonical = "canonical base64 (RFC 4648 section 4)";
  throw refuse(field, canonical, { receivedText: base64Fault(text, byteLength) });
};

export function writeBase64Buffer(values: StatisticsArray): string {
  return encodeBase64(littleEndianBytes(values));
}

/** Checks a buffer of an `Info` made in code. The array is used as it is, not copied. */
export const readTypedBuffer: ReadBuffer = (field, { dataType, count }) => {
  const kind = dataType === "float32" ? "Float32Array" : "Float64Array";
  const { value } = field;
  if (typedArrayKind(value) === kind) {
    const values = value as StatisticsArray;
    if (values.length === count) return values;
  }
  throw refuse(field, `a ${kind} of length ${count}`);
};

/** Negative is refused; NaN, Infinity and −0 are kept. */
export function checkVariances(field: Field, values: StatisticsArray): StatisticsArray {
  const index = values.findIndex((variance) => variance < 0);
  if (index < 0) return values;
  const receivedText = `${values[index]} at index ${index}`;
  throw refuse(field, "variances that are not negative", { receivedText });
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** The real kind of a typed array of any realm, or undefined: unlike `instanceof`, prototypes cannot mislead it. */
function typedArrayKind(value: unknown): unknown {
  return typedArrayTag?.call(value);
}
