import { argumentError } from "./argumentError.js";

/** Argument checks shared by every call: each returns its value, or throws `INVALID_ARGUMENT`. */

export function checkFinite(call: string, argument: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw refuse(call, argument, "a finite number", value);
}

/** epsilon: finite and not negative, kept exactly. */
export function checkEpsilon(call: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value !== Number.POSITIVE_INFINITY) return value;
  throw refuse(call, "epsilon", "a finite number of at least 0", value);
}

export function checkFraction(call: string, argument: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw refuse(call, argument, "a number from 0 to 1", value);
}

/** An integer of at least 1. */
export function checkPositiveInteger(call: string, argument: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw refuse(call, argument, "a positive integer", value);
}

export function checkBoolean(call: string, argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refuse(call, argument, "true or false", value);
}

/** One of the allowed strings. */
export function checkOneOf<T extends string>(
  call: string,
  argument: string,
  value: unknown,
  allowed: readonly T[],
): T {
  if (allowed.includes(value as T)) return value as T;
  throw refuse(call, argument, oneOf(allowed), value);
}

/** An object that is not an array. */
export function checkObject(
  call: string,
  argument: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw refuse(call, argument, "an object", value);
}

/** An options object with none but the allowed keys, so that a misspelt option is not ignored. */
export function checkOptions(
  call: string,
  value: unknown,
  allowed: readonly string[],
): Readonly<Record<string, unknown>> {
  const options = checkObject(call, "options", value);
  const unknownKey = Object.keys(options).find((key) => !allowed.includes(key));
  if (unknownKey === undefined) return options;
  throw refuse(call, "options", `only the keys ${allowed.join(", ")}`, unknownKey);
}

function refuse(call: string, argument: string, expected: string, received: unknown) {
  return argumentError("INVALID_ARGUMENT", { call, argument, expected, received });
}

function oneOf(allowed: readonly string[]): string {
  return `one of ${allowed.map((item) => JSON.stringify(item)).join(", ")}`;
}
