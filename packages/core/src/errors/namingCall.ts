import { BatchNormError, isBatchNormError } from "./batchNormError.js";

/** Runs something of a backend; an error that does not name the user's call gets its name in front. */
export function namingCall<T>(call: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isBatchNormError(error) || error.details.call !== undefined) throw error;
    const { code, message, details, cause } = error;
    throw new BatchNormError(code, `${call}: ${message}`, {
      details: { call, ...details },
      cause: cause ?? error,
    });
  }
}
