import { expect } from "vitest";
import { errorOf } from "../../../../tooling/testing/errors.ts";
import type { ErrorCode } from "../../src/errors/errorCode.ts";

export { errorOf, rejectionOf } from "../../../../tooling/testing/errors.ts";

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
