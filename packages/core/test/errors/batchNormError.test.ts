import { describe, expect, test, vi } from "vitest";
import { BatchNormError, isBatchNormError } from "../../src/errors/batchNormError.ts";
import { ERROR_CODES } from "../../src/errors/errorCode.ts";

describe("BatchNormError", () => {
  test("is an Error with name, code, details and cause", () => {
    const cause = new Error("below");
    const details = { call: "Ops.stage", status: 8 };
    const error = new BatchNormError("BACKEND_FAILURE", "text", { details, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "BatchNormError",
      code: "BACKEND_FAILURE",
      details,
      cause,
    });
    expect(error.message).toBe("text");
    expect(String(error)).toBe("BatchNormError: text");
    expect(error.stack).toContain("batchNormError.test");
  });

  test("has frozen details of its own, and no cause it was not given", () => {
    const details = { call: "a" };
    const error = new BatchNormError("DISPOSED", "text", { details });
    details.call = "b";
    expect(error.details).toEqual({ call: "a" });
    expect(Object.isFrozen(error.details)).toBe(true);
    expect("cause" in error).toBe(false);
    expect(new BatchNormError("DISPOSED", "text").details).toEqual({});
  });
});

describe("isBatchNormError", () => {
  test("knows the errors of another copy of the package", async () => {
    vi.resetModules();
    const other = await import("../../src/errors/batchNormError.ts");
    expect(other.BatchNormError).not.toBe(BatchNormError);
    const error = new other.BatchNormError("NOT_STAGED", "of the other copy");
    expect(error).not.toBeInstanceOf(BatchNormError);
    expect(isBatchNormError(error)).toBe(true);
    expect(isBatchNormError(error, "NOT_STAGED")).toBe(true);
    expect(isBatchNormError(error, "DISPOSED")).toBe(false);
    expect(other.isBatchNormError(new BatchNormError("NOT_STAGED", "of this copy"))).toBe(true);
  });

  test("knows what crossed a thread as plain data", () => {
    const { name, code, message } = new BatchNormError("UNSUPPORTED", "text");
    expect(isBatchNormError({ name, code, message }, "UNSUPPORTED")).toBe(true);
  });

  test.each([
    ["another error with a code of ours", Object.assign(new Error("x"), { code: "DISPOSED" })],
    ["our name with no code", Object.assign(new Error("x"), { name: "BatchNormError" })],
    ["a code outside the union", { name: "BatchNormError", code: "SOMETHING_ELSE" }],
    ["a code every object inherits", { name: "BatchNormError", code: "toString" }],
    ["a code that is no string", { name: "BatchNormError", code: 1 }],
    ["null", null],
    ["undefined", undefined],
    ["a string", "BatchNormError"],
    ["a function", BatchNormError],
  ])("refuses %s", (_, value) => {
    expect(isBatchNormError(value)).toBe(false);
    expect(isBatchNormError(value, "INVALID_ARGUMENT")).toBe(false);
  });
});

test("the codes are a frozen set of upper-case names, each with a sentence", () => {
  expect(Object.isFrozen(ERROR_CODES)).toBe(true);
  for (const [code, meaning] of Object.entries(ERROR_CODES)) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});
