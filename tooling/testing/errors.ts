import { type BatchNormError, isBatchNormError } from "../../packages/core/src/index.ts";

/** What `run` throws, which must be a `BatchNormError`: any other kind fails the test as it is. */
export function errorOf(run: () => unknown): BatchNormError {
  try {
    run();
  } catch (error) {
    if (isBatchNormError(error)) return error;
    throw error;
  }
  throw new Error("expected a BatchNormError, but nothing was thrown");
}

/** What a promise rejects with, likewise. */
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
