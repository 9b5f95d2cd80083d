import { type ObjectField, readGuarded, refuse } from "./field.js";

/** The one key that is ours. */
export const EXTENSION_KEY = "batchnorm";

const KNOWN_KEYS: readonly string[] = [
  "Epsilon",
  "Exponentialfactor",
  "Mode",
  "Format",
  "DataType",
  "Nan",
  "Dims",
  "Stride",
  "RRM",
  "RRV",
  "RSM",
  "RSV",
  EXTENSION_KEY,
];

const KEYS_BY_FOLD: ReadonlyMap<string, string> = new Map(
  KNOWN_KEYS.map((key) => [foldKey(key), key]),
);
const LONGEST_KEY = Math.max(...KNOWN_KEYS.map((key) => key.length));

/**
 * Refuses a key that Go would take for one of the known keys though it is spelt otherwise. Other
 * unknown keys are ignored, as Go does.
 */
export function checkSpelling(source: ObjectField): void {
  for (const key of readGuarded(source, () => Object.keys(source.value))) {
    const known = knownKeyLike(key);
    if (known === undefined || known === key) continue;
    throw refuse({ call: source.call, path: key, value: key }, `the spelling "${known}"`);
  }
}

/** The known key that Go's decoder takes `key` for, if any. */
export function knownKeyLike(key: string): string | undefined {
  return key.length > LONGEST_KEY ? undefined : KEYS_BY_FOLD.get(foldKey(key));
}

/**
 * Folds as Go's encoding/json does: ASCII case, U+017F (long s) to s, U+212A (Kelvin sign) to k.
 * `toLowerCase` makes ASCII of nothing but ASCII and the Kelvin sign; `toUpperCase` would of more.
 */
function foldKey(key: string): string {
  return key.replaceAll("\u017f", "s").toLowerCase();
}
