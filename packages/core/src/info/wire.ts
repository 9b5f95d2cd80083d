import type { Info, InfoExtension, StatisticsArray } from "./info.js";
import { DATA_TYPE_CODES, FORMAT_CODES, MODE_CODES } from "./wireCodes.js";
import { EXTENSION_KEY } from "./wireKeys.js";

/** How a buffer becomes text. */
export type WriteBuffer = (values: StatisticsArray) => string;

/** The JSON object of a checked info, its keys in Go's order. */
export function toWire(info: Info, write: WriteBuffer): Readonly<Record<string, unknown>> {
  const { statistics, extension } = info;
  return {
    Epsilon: info.epsilon,
    Exponentialfactor: info.exponentialFactor,
    Mode: MODE_CODES[info.mode],
    Format: FORMAT_CODES[info.format],
    DataType: DATA_TYPE_CODES[info.dataType],
    Nan: info.nanPropagation,
    Dims: statistics?.dims ?? null,
    Stride: statistics?.strides ?? null,
    RRM: statistics && write(statistics.runningMean),
    RRV: statistics && write(statistics.runningVariance),
    RSM: statistics && write(statistics.savedMean),
    RSV: statistics && write(statistics.savedInvVariance),
    ...(extension && { [EXTENSION_KEY]: extensionToWire(extension, write) }),
  };
}

function extensionToWire(extension: InfoExtension, write: WriteBuffer): object {
  const { saved, scale, bias } = extension;
  return {
    specificationVersion: extension.specificationVersion,
    runningVariance: extension.runningVariance,
    hasRunningStatistics: extension.hasRunningStatistics,
    hasSavedStatistics: extension.hasSavedStatistics,
    saved: saved && { ...saved, meanLow: saved.meanLow && write(saved.meanLow) },
    averaging: extension.averaging,
    scale: scale && write(scale),
    bias: bias && write(bias),
  };
}
