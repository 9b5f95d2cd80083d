import { describe, expect, test } from "vitest";
import { argumentError, describeValue } from "../../src/errors/argumentError.ts";

test.each([
  ["text", '"text"'],
  ['with "quotes"\n', '"with \\"quotes\\"\\n"'],
  ["", '""'],
  [0, "0"],
  [-0, "-0"],
  [1.5, "1.5"],
  [Number.NaN, "NaN"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
  [7n, "7n"],
  [-(10n ** 30n), "a large bigint"],
  [true, "true"],
  [null, "null"],
  [undefined, "undefined"],
  [Symbol("s"), "Symbol(s)"],
  [() => 1, "a function"],
  [class {}, "a function"],
  [{ a: 1 }, "an object"],
  [Object.create(null), "an object"],
  [new Date(0), "an object"],
  [[], "[]"],
  [[1, "a", null, -0], '[1, "a", null, -0]'],
  [[1, [2, [3]]], "[1, […]]"],
  [new Array(9).fill(0), "an array of length 9"],
  [new Float32Array(3), "Float32Array of length 3"],
  [new BigInt64Array(2), "BigInt64Array of length 2"],
  [Buffer.from("abc"), "Uint8Array of length 3"],
  [new DataView(new ArrayBuffer(4)), "an object"],
  [new ArrayBuffer(4), "an object"],
])("describes %o", (value, text) => {
  expect(describeValue(value)).toBe(text);
});

test("is short, whatever comes", () => {
  const long = describeValue("a".repeat(1000));
  expect(long).toBe(`"${"a".repeat(80)}"… (1000 characters)`);
  expect(describeValue(new Array(8).fill("b".repeat(1000))).length).toBeLessThan(1000);
  expect(describeValue(10n ** 10000n).length).toBeLessThan(100);
});

test("is short for a string so long that its quoted form could not be made", () => {
  // Each of these needs six characters in JSON: together more than a string may have.
  expect(describeValue("\u0001".repeat(2 ** 27)).length).toBeLessThan(1000);
});

describe("runs no code of the user's", () => {
  const forbidden = (): never => {
    throw new Error("code of the user's was run");
  };
  const traps = new Proxy({}, { get: () => forbidden });

  test.each<[string, () => unknown]>([
    [
      "toString, valueOf, toJSON, Symbol.toPrimitive",
      () => ({
        toString: forbidden,
        valueOf: forbidden,
        toJSON: forbidden,
        [Symbol.toPrimitive]: forbidden,
      }),
    ],
    ["a getter of Symbol.toStringTag", () => withGetter({}, Symbol.toStringTag)],
    ["a getter of an array's element", () => withGetter([0, 1], 1)],
    ["an array's own map", () => Object.assign([1, 2], { map: forbidden })],
    ["a typed array's own length", () => withGetter(new Float32Array(2), "length")],
    ["a typed array's own tag", () => withGetter(new Float32Array(2), Symbol.toStringTag)],
    ["a proxy of an object", () => new Proxy({}, traps)],
    ["a proxy of a function", () => new Proxy(() => 1, traps)],
    ["an array in an array with a getter", () => [withGetter([0], 0)]],
    ["a symbol's description", () => Symbol("harmless")],
  ])("%s", (_, make) => {
    expect(typeof describeValue(make())).toBe("string");
  });

  function withGetter<T extends object>(target: T, key: PropertyKey): T {
    return Object.defineProperty(target, key, { get: forbidden, configurable: true });
  }
});

describe("an array that is a proxy, which cannot be told from an array,", () => {
  test("is described though its traps throw", () => {
    const trap = () => {
      throw new Error("a trap of the user's");
    };
    const traps = { get: trap, has: trap, getOwnPropertyDescriptor: trap, ownKeys: trap };
    expect(typeof describeValue(new Proxy([1], traps))).toBe("string");
  });

  test("is described though it was revoked", () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(typeof describeValue(proxy)).toBe("string");
  });
});

describe("argumentError", () => {
  const refusal = { call: "Ops.stage", argument: "x", expected: "a tensor", received: [1, 2] };

  test("says call, argument, expected and received, in words and for programs", () => {
    const error = argumentError("INVALID_ARGUMENT", refusal);
    expect(error.message).toBe("Ops.stage: x: expected a tensor, received [1, 2]");
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.details).toEqual({ ...refusal, received: "[1, 2]" });
  });

  test("takes words for what would say nothing", () => {
    const error = argumentError("SHAPE_MISMATCH", { ...refusal, receivedText: "a 3x3 tensor" });
    expect(error.message).toBe("Ops.stage: x: expected a tensor, received a 3x3 tensor");
    expect(error.details.received).toBe("a 3x3 tensor");
  });
});
