import { ERROR_CODES, type ErrorCode } from "./errorCode.js";

/** What an error carries besides code and message. */
export interface BatchNormErrorOptions {
  /** Facts for programs: argument, expected, received, native codes… */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The only error this project throws on purpose. A refusal has changed nothing; only when a device
 * fails in the middle of a call (`BACKEND_FAILURE`) its outputs are undefined.
 * Recognise it with {@link isBatchNormError}, not by `instanceof`: ESM and CommonJS copies coexist.
 */
export class BatchNormError extends Error {
  override readonly name = "BatchNormError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: BatchNormErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }
}

/** True for a `BatchNormError` of any copy of this package; with `code`, only for that code. */
export function isBatchNormError(value: unknown, code?: ErrorCode): value is BatchNormError {
  if (typeof value !== "object" || value === null) return false;
  const error = value as { name?: unknown; code?: unknown };
  if (error.name !== "BatchNormError" || typeof error.code !== "string") return false;
  return code === undefined ? Object.hasOwn(ERROR_CODES, error.code) : error.code === code;
}
