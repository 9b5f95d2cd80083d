import type { VarianceConvention } from "../vocabulary/activation.js";
import { checkBoolean, checkFraction, checkInteger, checkObject, checkOneOf } from "./checks.js";
import { type Field, fieldOf, refuse } from "./field.js";
import type { InfoAveraging, InfoExtension } from "./info.js";
import { checkSaved } from "./saved.js";
import { checkOptionalBuffer, type Layer } from "./statistics.js";

const VARIANCE_CONVENTIONS: readonly VarianceConvention[] = ["unbiased", "biased"];
const AVERAGING_RULES: readonly InfoAveraging["rule"][] = [
  "constant",
  "cumulative",
  "cappedCumulative",
];

/** The extension has the same keys on the wire as in code; only its buffers are written otherwise. */
export function checkExtension(field: Field, layer: Layer): InfoExtension {
  const given = checkObject(field);
  const specificationVersion = checkVersion(fieldOf(given, "specificationVersion"));
  const hasSaved = checkBoolean(fieldOf(given, "hasSavedStatistics"));
  const saved = fieldOf(given, "saved");
  if (!hasSaved && saved.value !== null) {
    throw refuse(saved, "null, since hasSavedStatistics is false");
  }
  return Object.freeze({
    specificationVersion,
    runningVariance: checkOneOf(fieldOf(given, "runningVariance"), VARIANCE_CONVENTIONS),
    hasRunningStatistics: checkBoolean(fieldOf(given, "hasRunningStatistics")),
    hasSavedStatistics: hasSaved,
    saved: saved.value === null ? null : checkSaved(saved, layer),
    averaging: checkAveraging(fieldOf(given, "averaging")),
    scale: checkOptionalBuffer(fieldOf(given, "scale"), layer),
    bias: checkOptionalBuffer(fieldOf(given, "bias"), layer),
  });
}

function checkVersion(field: Field): 1 {
  const { value } = field;
  if (value === 1) return 1;
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw refuse(field, "1");
  throw refuse(field, "1", { receivedText: `${value}: a newer version of this package wrote it` });
}

function checkAveraging(field: Field): InfoAveraging | null {
  if (field.value === null) return null;
  const given = checkObject(field);
  const rule = checkOneOf(fieldOf(given, "rule"), AVERAGING_RULES);
  const count = checkInteger(fieldOf(given, "count"), 0);
  if (rule === "cumulative") return Object.freeze({ rule, count });
  if (rule === "constant") {
    return Object.freeze({ rule, factor: checkFraction(fieldOf(given, "factor")), count });
  }
  return Object.freeze({ rule, cap: checkInteger(fieldOf(given, "cap"), 1), count });
}
