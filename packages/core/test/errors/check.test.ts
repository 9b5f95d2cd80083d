import { describe, expect, test } from "vitest";
import {
  checkBoolean,
  checkEpsilon,
  checkFinite,
  checkFraction,
  checkObject,
  checkOneOf,
  checkOptions,
  checkPositiveInteger,
} from "../../src/errors/check.ts";
import { expectRefusal } from "../support/errors.ts";

type Check = (value: unknown) => unknown;

const CHECKS: [string, Check, unknown[], unknown[]][] = [
  [
    "checkFinite",
    (value) => checkFinite("f", "a", value),
    [0, -0, -1.5, Number.MAX_VALUE, 5e-324],
    [Number.NaN, Number.POSITIVE_INFINITY, "1", null, undefined, 1n, new Number(1)],
  ],
  [
    "checkFraction",
    (value) => checkFraction("f", "a", value),
    [0, -0, 0.5, 1, 5e-324],
    [-5e-324, 1 + Number.EPSILON, Number.NaN, "0.5", null, undefined],
  ],
  [
    "checkPositiveInteger",
    (value) => checkPositiveInteger("f", "a", value),
    [1, 2 ** 53 - 1],
    [0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, "1", undefined],
  ],
  [
    "checkBoolean",
    (value) => checkBoolean("f", "a", value),
    [true, false],
    [0, 1, "true", null, undefined],
  ],
  [
    "checkOneOf",
    (value) => checkOneOf("f", "a", value, ["one", "two"]),
    ["one", "two"],
    ["One", "", "one ", null, undefined, ["one"]],
  ],
  [
    "checkObject",
    (value) => checkObject("f", "a", value),
    [{}, Object.create(null)],
    [null, undefined, [], "{}", 1, () => ({})],
  ],
];

describe.each(CHECKS)("%s", (_, check, good, bad) => {
  test.each(good.map((value) => [value]))("returns %o", (value) => {
    expect(check(value)).toBe(value);
  });

  test.each(bad.map((value) => [value]))("refuses %o", (value) => {
    expectRefusal(() => check(value), "INVALID_ARGUMENT", "a");
  });
});

describe("checkEpsilon", () => {
  test.each([0, 5e-324, 1e-5, 1, Number.MAX_VALUE])("keeps %d exactly", (value) => {
    expect(checkEpsilon("f", value)).toBe(value);
  });

  test.each([[-5e-324], [Number.NaN], [Number.POSITIVE_INFINITY], ["1e-5"], [null], [undefined]])(
    "refuses %o",
    (value) => {
      expectRefusal(() => checkEpsilon("f", value), "INVALID_ARGUMENT", "epsilon");
    },
  );
});

describe("checkOptions", () => {
  test("returns options with known keys, and without any", () => {
    const options = { a: 1 };
    expect(checkOptions("f", options, ["a", "b"])).toBe(options);
    expect(checkOptions("f", {}, [])).toEqual({});
  });

  test("names a misspelt key and the right ones", () => {
    const check = () => checkOptions("f", { a: 1, B: 2 }, ["a", "b"]);
    expectRefusal(check, "INVALID_ARGUMENT", "options", '"B"');
    expect(check).toThrow("expected only the keys a, b");
  });

  test.each([[null], [[]], ["a"]])("refuses %o in place of options", (value) => {
    expectRefusal(() => checkOptions("f", value, ["a"]), "INVALID_ARGUMENT", "options");
  });
});
