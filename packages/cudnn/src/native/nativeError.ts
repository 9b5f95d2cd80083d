import { BatchNormError, type ErrorCode } from "@batchnorm/core";

/** What the addon throws and rejects with. */
export interface NativeError extends Error {
  readonly name: "NativeError";
  /** The function of CUDA or cuDNN that failed, or `dlopen` or `dlsym`. */
  readonly call: string;
  readonly status: number;
  readonly statusName: string;
  /** What the library says about it. */
  readonly text: string;
  readonly driverVersion: number;
  readonly cudnnVersion: number;
  /** Of `dlopen` and `dlsym`. */
  readonly library?: string;
  /** Bytes, where memory was asked for. */
  readonly requested?: number;
  readonly free?: number;
  /** The device cannot be used any more. */
  readonly sticky?: boolean;
}

export function isNativeError(value: unknown): value is NativeError {
  return value instanceof Error && value.name === "NativeError";
}

/** cuDNN will not do this: CUDNN_STATUS_NOT_SUPPORTED (3000) and its kinds. */
export function isRefusal(value: unknown): value is NativeError {
  return isNativeError(value) && value.statusName.startsWith("CUDNN_STATUS_NOT_SUPPORTED");
}

/**
 * The error a user sees. `doing` says what was tried, in the words of the user. Anything that is not
 * the addon's comes back as it is.
 */
export function translate(error: unknown, doing: string): unknown {
  if (!isNativeError(error)) return error;
  const { call, status, statusName, text, driverVersion, cudnnVersion, requested, free } = error;
  const code = codeOf(error);
  const memory = code === "OUT_OF_MEMORY" ? memoryText(error) : "";
  const message = `cudnn: ${doing}${memory}: ${call} reported ${statusName} (${status}): ${text}`;
  const versions = { driverVersion, cudnnVersion };
  const sizes = requested === undefined ? {} : { requested, free };
  const details = { nativeCall: call, status, statusName, ...versions, ...sizes };
  return new BatchNormError(code, message, { details, cause: error });
}

export function isOutOfMemory(value: unknown): value is NativeError {
  return isNativeError(value) && OUT_OF_MEMORY.has(value.statusName);
}

function codeOf(error: NativeError): ErrorCode {
  if (OUT_OF_MEMORY.has(error.statusName)) return "OUT_OF_MEMORY";
  return isRefusal(error) ? "UNSUPPORTED" : "BACKEND_FAILURE";
}

const OUT_OF_MEMORY: ReadonlySet<string> = new Set([
  "CUDA_ERROR_OUT_OF_MEMORY",
  "CUDNN_STATUS_ALLOC_FAILED",
  "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
  "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
]);

function memoryText({ requested, free }: NativeError): string {
  if (requested === undefined) return "";
  const left = free === undefined ? "" : `, ${free} free`;
  return ` (${requested} bytes asked for${left})`;
}
