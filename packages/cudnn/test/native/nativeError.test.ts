import { isBatchNormError } from "@batchnorm/core";
import { expect, test } from "vitest";
import { isRefusal, translate } from "../../src/native/nativeError.ts";
import { runtimeErrorOf } from "../../src/native/runtimeError.ts";
import { versionText } from "../../src/native/versions.ts";
import { nativeError, refusal } from "../support/nativeErrors.ts";

test("a failed call says what was done, which call, its status, and its text", () => {
  const cause = nativeError();
  const error = translate(cause, "Ops.backward");
  expect(error).toMatchObject({
    code: "BACKEND_FAILURE",
    cause,
    details: {
      nativeCall: "cudnnBatchNormalizationBackward",
      status: 5000,
      statusName: "CUDNN_STATUS_EXECUTION_FAILED",
      driverVersion: 13000,
      cudnnVersion: 91900,
    },
  });
  expect((error as Error).message).toBe(
    "cudnn: Ops.backward: cudnnBatchNormalizationBackward reported CUDNN_STATUS_EXECUTION_FAILED (5000): it says",
  );
});

test("what cuDNN refuses is UNSUPPORTED, also in the finer statuses of cuDNN 9", () => {
  for (const statusName of ["CUDNN_STATUS_NOT_SUPPORTED", "CUDNN_STATUS_NOT_SUPPORTED_SHAPE"]) {
    const error = nativeError({ statusName });
    expect(isRefusal(error)).toBe(true);
    expect(translate(error, "x")).toMatchObject({ code: "UNSUPPORTED" });
  }
  expect(translate(refusal("too large"), "x")).toMatchObject({
    message: expect.stringContaining("too large"),
  });
});

test("no memory is OUT_OF_MEMORY, with what was asked for and what was free", () => {
  const error = nativeError({
    statusName: "CUDA_ERROR_OUT_OF_MEMORY",
    status: 2,
    requested: 4096,
    free: 100,
  });
  const translated = translate(error, "allocate memory");
  expect(translated).toMatchObject({
    code: "OUT_OF_MEMORY",
    details: { requested: 4096, free: 100 },
    message: expect.stringContaining("4096 bytes asked for, 100 free"),
  });
});

test("errors that are not the addon's come back as they are", () => {
  const error = new TypeError("a mistake of ours");
  expect(translate(error, "x")).toBe(error);
  expect(isBatchNormError(translate(null, "x"))).toBe(false);
});

test("versions read as NVIDIA writes them", () => {
  expect([13000, 12090].map(versionText.cuda)).toEqual(["13.0", "12.9"]);
  expect([91900, 90201, 8907].map(versionText.cudnn)).toEqual(["9.19.0", "9.2.1", "8.9.7"]);
});

test("a runtime error has a name, and none is null", () => {
  expect(runtimeErrorOf(0)).toBeNull();
  expect(runtimeErrorOf(1007)).toMatchObject({
    code: 1007,
    name: "CUDNN_STATUS_RUNTIME_FP_OVERFLOW",
  });
  expect(runtimeErrorOf(1234)).toMatchObject({ code: 1234, name: "cudnnStatus_t 1234" });
});
