import { expect, test } from "vitest";
import { openFirst } from "../../src/libraries/openFirst.ts";
import type { Addon, Libraries } from "../../src/native/addon.ts";
import { nativeError } from "../support/nativeErrors.ts";

const DRIVER = "libcuda.so.1";

/** An addon whose libraries are these: an error where they do not open. */
function addonWith(answers: Record<string, Error | Partial<Libraries>>): Addon {
  return {
    callFields: [],
    stepNames: [],
    kernels: { available: false, reason: "none here", names: [], layouts: {} },
    load({ cudnn }) {
      const answer = answers[cudnn];
      if (answer instanceof Error) throw answer;
      return answer as Libraries;
    },
  };
}

const missing = (library: string) =>
  nativeError({ call: "dlopen", library, statusName: "", message: `cannot open ${library}` });

test("the first that opens is taken, and what failed before is told", () => {
  const addon = addonWith({ a: missing("a"), b: { cudnnVersion: 91900 }, c: {} });
  const { opened, failures } = openFirst(addon, DRIVER, ["a", "b", "c"]);
  expect(opened?.path).toBe("b");
  expect(failures).toEqual([{ library: "a", kind: "cuDNN fails", text: "cannot open a" }]);
});

test("a cuDNN before 9 is passed over, whether it opens or not", () => {
  const old = nativeError({ call: "dlsym", library: "b", cudnnVersion: 8907, message: "too old" });
  const addon = addonWith({ a: { cudnnVersion: 8907 }, b: old });
  const { opened, failures } = openFirst(addon, DRIVER, ["a", "b"]);
  expect(opened).toBeNull();
  expect(failures.map(({ kind }) => kind)).toEqual(["cuDNN too old", "cuDNN too old"]);
});

test.each([
  ["is missing", missing(DRIVER), "no driver"],
  [
    "has no device",
    nativeError({ call: "cuInit", statusName: "CUDA_ERROR_NO_DEVICE" }),
    "no device",
  ],
  ["fails", nativeError({ call: "cuInit", statusName: "CUDA_ERROR_UNKNOWN" }), "driver fails"],
])("a driver that %s ends the search", (_, error, kind) => {
  const addon = addonWith({ a: error, b: { cudnnVersion: 91900 } });
  const { opened, failures } = openFirst(addon, DRIVER, ["a", "b"]);
  expect(opened).toBeNull();
  expect(failures).toMatchObject([{ library: DRIVER, kind }]);
});
