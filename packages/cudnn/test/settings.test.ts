import { expect, test } from "vitest";
import { cudnn } from "../src/index.ts";

test.each([
  ["device", -1],
  ["device", 1.5],
  ["device", "0"],
  ["driver", ""],
  ["driver", 3],
  ["cudnn", ""],
  ["cudnn", "a\0b"],
  ["engine", "fast"],
  ["engine", null],
  ["options", null],
])("a wrong %s (%s) is refused at once", (argument, value) => {
  const options = argument === "options" ? value : { [argument]: value };
  expect(() => cudnn(options as object)).toThrow(
    expect.objectContaining({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(`cudnn: ${argument}`),
    }),
  );
});

test("a misspelt option is refused", () => {
  expect(() => cudnn({ devices: 1 } as object)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
});

test("making a backend loads nothing, and gives a frozen one", () => {
  const backend = cudnn({ driver: "/nowhere/libcuda.so.1", cudnn: "/nowhere" });
  expect(backend).toMatchObject({ name: "cudnn", specificationVersion: 1 });
  expect(Object.isFrozen(backend)).toBe(true);
});
