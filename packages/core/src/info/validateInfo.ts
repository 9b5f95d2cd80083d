import { argumentError } from "../errors/argumentError.js";
import { BATCH_NORM_MODES } from "../vocabulary/batchNormMode.js";
import type { StatisticsDataType } from "../vocabulary/dataType.js";
import { readTypedBuffer } from "./buffers.js";
import { checkEpsilon, checkInteger, checkObject, checkOneOf } from "./checks.js";
import { checkExtension } from "./extension.js";
import { fieldOf, type ObjectField } from "./field.js";
import type { Info } from "./info.js";
import { checkLayer, checkStatistics, type StatisticsFields } from "./statistics.js";

const FORMATS: readonly Info["format"][] = ["NCHW", "NHWC", "unknown"];
const STATISTICS_DATA_TYPES: readonly StatisticsDataType[] = ["float32", "float64"];

/**
 * Checks an `Info` from code by the rules of {@link parseInfo}. One that `parseInfo` made is checked
 * again as well: it is frozen, but its typed arrays are not. The result is a frozen copy that shares
 * the typed arrays.
 *
 * @throws BatchNormError `INFO_INVALID`, naming the property; `INVALID_ARGUMENT` if it is no object
 */
export function validateInfo(info: Info, call = "validateInfo"): Info {
  const given = checkIsObject(call, info);
  const mode = checkOneOf(fieldOf(given, "mode"), BATCH_NORM_MODES);
  const dataType = checkOneOf(fieldOf(given, "dataType"), STATISTICS_DATA_TYPES);
  const fields = statisticsFields(given);
  const layer = checkLayer(mode, dataType, fields, readTypedBuffer);
  const extension = fieldOf(given, "extension");
  return Object.freeze({
    mode,
    dataType,
    epsilon: checkEpsilon(fieldOf(given, "epsilon")),
    exponentialFactor: checkInteger(fieldOf(given, "exponentialFactor"), 0),
    format: checkOneOf(fieldOf(given, "format"), FORMATS),
    nanPropagation: checkOneOf(fieldOf(given, "nanPropagation"), [0, 1] as const),
    statistics: checkStatistics(fields, layer),
    extension: extension.value === null ? null : checkExtension(extension, layer),
  });
}

function checkIsObject(call: string, info: unknown): ObjectField {
  if (typeof info === "object" && info !== null) {
    return checkObject({ call, path: "info", value: info }, "");
  }
  throw argumentError("INVALID_ARGUMENT", {
    call,
    argument: "info",
    expected: "an Info",
    received: info,
  });
}

function statisticsFields(info: ObjectField): StatisticsFields | null {
  const statistics = fieldOf(info, "statistics");
  if (statistics.value === null) return null;
  const given = checkObject(statistics);
  return {
    dims: fieldOf(given, "dims"),
    strides: fieldOf(given, "strides"),
    runningMean: fieldOf(given, "runningMean"),
    runningVariance: fieldOf(given, "runningVariance"),
    savedMean: fieldOf(given, "savedMean"),
    savedInvVariance: fieldOf(given, "savedInvVariance"),
  };
}
