import { typedArrayKind, typedArrayLength } from "../tensor/typedArrayKind.js";
import { BatchNormError } from "./batchNormError.js";
import type { ErrorCode } from "./errorCode.js";

/** The four facts every refusal names. */
export interface Refusal {
  /** The call the user made, such as `Ops.forwardTraining`. */
  readonly call: string;
  readonly argument: string;
  readonly expected: string;
  readonly received: unknown;
  /** Says `received` in words where its value alone would not. */
  readonly receivedText?: string;
}

/** A `BatchNormError` that names call, argument, what was expected and what came. */
export function argumentError(code: ErrorCode, refusal: Refusal): BatchNormError {
  const { call, argument, expected, received } = refusal;
  const text = refusal.receivedText ?? describeValue(received);
  return new BatchNormError(code, `${call}: ${argument}: expected ${expected}, received ${text}`, {
    details: { call, argument, expected, received: text },
  });
}

const MAX_TEXT = 80;
const MAX_ITEMS = 8;

/** A short description of any value, made without running a getter, proxy trap or toString of it. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return describeString(value);
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return describeBigint(value);
  if (typeof value !== "object" || value === null) return String(value);
  const kind = typedArrayKind(value);
  if (kind !== undefined) return `${kind} of length ${typedArrayLength(value)}`;
  return describeArray(value) ?? "an object";
}

function describeString(text: string): string {
  if (text.length <= MAX_TEXT) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, MAX_TEXT))}… (${text.length} characters)`;
}

function describeBigint(value: bigint): string {
  return value >= -(2n ** 64n) && value <= 2n ** 64n ? `${value}n` : "a large bigint";
}

/** null for what is no array. A proxy may be one, and may throw at anything it is asked. */
function describeArray(value: object): string | null {
  try {
    if (!Array.isArray(value)) return null;
    const length = Object.getOwnPropertyDescriptor(value, "length")?.value as number;
    if (length > MAX_ITEMS) return `an array of length ${length}`;
    return `[${Array.from({ length }, (_, index) => describeItem(value, index)).join(", ")}]`;
  } catch {
    return "an object";
  }
}

function describeItem(array: readonly unknown[], index: number): string {
  const property = Object.getOwnPropertyDescriptor(array, index);
  if (property?.get !== undefined) return "a getter";
  const item: unknown = property?.value;
  return Array.isArray(item) ? "[…]" : describeValue(item);
}
