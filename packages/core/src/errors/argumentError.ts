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

/** A short, side-effect-free description of any value: no getter or toString of the user's is run. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return shorten(JSON.stringify(value));
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return describeView(value);
  if (Array.isArray(value)) return describeArray(value);
  return "an object";
}

function describeView(value: ArrayBufferView): string {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return value instanceof DataView ? kind : `${kind} of length ${(value as Uint8Array).length}`;
}

function describeArray(value: readonly unknown[]): string {
  if (value.length > 8) return `an array of length ${value.length}`;
  const items = value.map((item) => (Array.isArray(item) ? "[…]" : describeValue(item)));
  return shorten(`[${items.join(", ")}]`);
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
