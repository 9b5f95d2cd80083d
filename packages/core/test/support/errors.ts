import { expect } from "vitest";
import { type BatchNormError, isBatchNormError } from "../../src/errors/batchNormError.ts";
import type { ErrorCode } from "../../src/errors/errorCode.ts";

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

/** The code, and that the message says the four facts of a refusal: call, argument, expected, received. */
export function expectRefusal(
  run: () => unknown,
  code: ErrorCode,
  argument: string,
  received?: string,
): void {
  const error = errorOf(run);
  expect(error.code, error.message).toBe(code);
  expect(error.details.argument, error.message).toBe(argument);
  const { call, expected, received: came } = error.details;
  expect(error.message).toBe(`${call}: ${argument}: expected ${expected}, received ${came}`);
  if (received !== undefined) expect(came).toBe(received);
}
