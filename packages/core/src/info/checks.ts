import { type Field, type ObjectField, readGuarded, refuse } from "./field.js";

/** Checks of single fields: each returns the value, or throws `INFO_INVALID`. −0 becomes 0, as JSON writes it. */

export function checkObject(field: Field, prefix = `${field.path}.`): ObjectField {
  const { value } = field;
  if (typeof value === "object" && value !== null && !isArray(field)) {
    return { ...field, value, prefix };
  }
  throw refuse(field, "an object");
}

export function checkEpsilon(field: Field): number {
  const { value } = field;
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value + 0;
  throw refuse(field, "a finite number of at least 0");
}

export function checkFraction(field: Field): number {
  const { value } = field;
  if (typeof value === "number" && value >= 0 && value <= 1) return value + 0;
  throw refuse(field, "a number from 0 to 1");
}

export function checkInteger(field: Field, least: 0 | 1): number {
  const { value } = field;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value + 0;
  throw refuse(field, `an integer of at least ${least}`);
}

export function checkBoolean(field: Field): boolean {
  if (typeof field.value === "boolean") return field.value;
  throw refuse(field, "true or false");
}

export function checkOneOf<T>(field: Field, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === field.value);
  if (found !== undefined) return found;
  throw refuse(field, `one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}`);
}

/**
 * A copy of an array. `expectedAt` says what an element should have been, or null if it is right: the
 * first wrong one ends the copy, so that a huge array of holes costs nothing.
 */
export function checkArray(
  field: Field,
  expected: string,
  acceptsLength: (length: number) => boolean,
  expectedAt: (element: unknown, index: number) => string | null,
): unknown[] {
  if (!isArray(field)) throw refuse(field, expected);
  const given = field.value as readonly unknown[];
  const length = readGuarded(field, () => given.length);
  if (!acceptsLength(length)) throw refuse(field, expected);
  const elements: unknown[] = [];
  for (let i = 0; i < length; i++) {
    const value = readGuarded(field, () => given[i]);
    const wanted = expectedAt(value, i);
    if (wanted !== null) throw refuse({ ...field, path: `${field.path}[${i}]`, value }, wanted);
    elements.push(value === 0 ? 0 : value);
  }
  return elements;
}

/** `Array.isArray` throws on a revoked proxy. */
function isArray(field: Field): boolean {
  return readGuarded(field, () => Array.isArray(field.value));
}
