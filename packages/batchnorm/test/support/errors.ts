import { type BatchNormError, isBatchNormError } from "@batchnorm/core";

/** What a promise rejects with, which must be a `BatchNormError`. */
export async function rejectionOf(promise: Promise<unknown>): Promise<BatchNormError> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    if (isBatchNormError(error)) return error;
    throw error;
  }
  throw new Error(`expected a rejection with a BatchNormError, but got ${String(result)}`);
}
