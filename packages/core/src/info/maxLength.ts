import { BatchNormError } from "../errors/batchNormError.js";
import { checkPositiveInteger } from "../errors/check.js";

/** Longest text of a saved layer, in characters, unless the caller says otherwise. */
const DEFAULT_MAX_LENGTH = 64 * 1024 * 1024;

export function readMaxLength(call: string, value: unknown): number {
  return value === undefined ? DEFAULT_MAX_LENGTH : checkPositiveInteger(call, "maxLength", value);
}

/** @throws BatchNormError `INFO_TOO_LONG` */
export function checkLength(
  call: string,
  argument: string,
  length: number,
  maxLength: number,
): void {
  if (length <= maxLength) return;
  const expected = `a text of at most ${maxLength} characters (option maxLength)`;
  const received = `${length} characters`;
  throw new BatchNormError(
    "INFO_TOO_LONG",
    `${call}: ${argument}: expected ${expected}, received ${received}`,
    { details: { call, argument, expected, received, maxLength, length } },
  );
}
