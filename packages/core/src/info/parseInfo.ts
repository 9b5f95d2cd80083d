import { argumentError } from "../errors/argumentError.js";
import { checkOptions } from "../errors/check.js";
import { readBase64Buffer } from "./buffers.js";
import { checkEpsilon, checkInteger, checkObject, checkOneOf } from "./checks.js";
import { checkExtension } from "./extension.js";
import { fieldOf, type ObjectField, refuse } from "./field.js";
import type { Info } from "./info.js";
import { checkLength, readMaxLength } from "./maxLength.js";
import { checkLayer, checkStatistics, type StatisticsFields } from "./statistics.js";
import { DATA_TYPE_CODES, decodeCode, FORMAT_CODES, MODE_CODES } from "./wireCodes.js";
import { checkSpelling, EXTENSION_KEY } from "./wireKeys.js";

/** Options of {@link parseInfo}. */
export interface ParseInfoOptions {
  /** Characters of text; longer is refused before it is read. Default: 64 Mi (67 108 864). */
  readonly maxLength?: number | undefined;
}

const CALL = "parseInfo";

/**
 * Reads a saved layer: JSON text as {@link stringifyInfo} or the Go package gocunets writes it, or the
 * object that such text parses to (already in memory, so `maxLength` does not count it).
 *
 * All twelve keys must be there, and own: `Epsilon`, `Exponentialfactor`, `Mode`, `Format`,
 * `DataType`, `Nan`, and `Dims`, `Stride`, `RRM`, `RRV`, `RSM`, `RSV` (all null if the layer was never
 * staged). Buffers are base64 of little-endian values, as many as the product of `Dims`; every bit of
 * theirs is kept, NaN payloads included. Unknown keys are ignored, unless Go would take them for a
 * known one. The result and its arrays of integers are frozen; the typed arrays are the caller's.
 *
 * @throws BatchNormError `INFO_INVALID`, naming the key (`details.argument`); `INFO_TOO_LONG`;
 * `INVALID_ARGUMENT` where `source` or `options` has the wrong type
 */
export function parseInfo(source: string | object, options: ParseInfoOptions = {}): Info {
  const maxLength = readMaxLength(CALL, checkOptions(CALL, options, ["maxLength"]).maxLength);
  if (typeof source === "string") {
    checkLength(CALL, "source", source.length, maxLength);
    return readWire(checkRoot(parseJson(source)));
  }
  if (typeof source === "object" && source !== null) return readWire(checkRoot(source));
  throw argumentError("INVALID_ARGUMENT", {
    call: CALL,
    argument: "source",
    expected: "a string or an object",
    received: source,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const receivedText = `a text that is not (${(cause as Error).message})`;
    const source = { call: CALL, path: "source", value: text };
    throw refuse(source, "JSON", { receivedText, cause });
  }
}

function checkRoot(value: unknown): ObjectField {
  return checkObject({ call: CALL, path: "source", value }, "");
}

function readWire(source: ObjectField): Info {
  checkSpelling(source);
  const epsilon = checkEpsilon(fieldOf(source, "Epsilon"));
  const exponentialFactor = checkInteger(fieldOf(source, "Exponentialfactor"), 0);
  const mode = decodeCode(fieldOf(source, "Mode"), MODE_CODES);
  const format = decodeCode(fieldOf(source, "Format"), FORMAT_CODES);
  const dataType = decodeCode(fieldOf(source, "DataType"), DATA_TYPE_CODES);
  const nanPropagation = checkOneOf(fieldOf(source, "Nan"), [0, 1] as const);
  const fields = statisticsFields(source);
  const layer = checkLayer(mode, dataType, fields, readBase64Buffer);
  const statistics = checkStatistics(fields, layer);
  const given = fieldOf(source, EXTENSION_KEY);
  const extension = given.value === undefined ? null : checkExtension(given, layer);
  return Object.freeze({
    mode,
    dataType,
    epsilon,
    exponentialFactor,
    format,
    nanPropagation,
    statistics,
    extension,
  });
}

/** The six keys of the statistics; null if all six are null, which is how Go writes empty ones. */
function statisticsFields(source: ObjectField): StatisticsFields | null {
  const fields = {
    dims: fieldOf(source, "Dims"),
    strides: fieldOf(source, "Stride"),
    runningMean: fieldOf(source, "RRM"),
    runningVariance: fieldOf(source, "RRV"),
    savedMean: fieldOf(source, "RSM"),
    savedInvVariance: fieldOf(source, "RSV"),
  };
  const all = Object.values(fields);
  if (all.every((field) => field.value === null)) return null;
  const expected = `a value, or null for each of ${all.map((field) => field.path).join(", ")}`;
  const missing = all.find((field) => field.value === undefined);
  const wrong = missing ?? all.find((field) => field.value === null);
  if (wrong !== undefined) throw refuse(wrong, expected);
  return fields;
}
