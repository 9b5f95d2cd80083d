import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import { type BatchNormError, isBatchNormError } from "../../src/errors/batchNormError.ts";
import type { ErrorCode } from "../../src/errors/errorCode.ts";

const GOLDENS = new URL("../fixtures/goldens/gocunets/", import.meta.url);

/** A file written by the Go package. */
export function golden(name: string): string {
  return readFileSync(new URL(name, GOLDENS), "utf8");
}

/** What `run` throws, which must be a `BatchNormError`. */
export function errorOf(run: () => unknown): BatchNormError {
  try {
    run();
  } catch (error) {
    if (isBatchNormError(error)) return error;
    throw error;
  }
  throw new Error("expected a BatchNormError, but nothing was thrown");
}

export function expectError(
  run: () => unknown,
  code: ErrorCode,
  argument: string,
  ...texts: readonly string[]
): void {
  const error = errorOf(run);
  expect(error.code, error.message).toBe(code);
  expect(error.details.argument, error.message).toBe(argument);
  for (const text of [argument, ...texts]) expect(error.message).toContain(text);
}

/** A structure in which typed arrays are their kind and bytes, so that equality sees every bit. */
export function bits(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return `${Object.prototype.toString.call(value)} ${bytes.toString("hex")}`;
  }
  if (Array.isArray(value)) return value.map(bits);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, bits(entry)]));
}

export function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

/** Everything that two successive `JSON.parse` of the same text give, with some keys replaced. */
export function wireWith(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...JSON.parse(golden("spatial-float32.json")), ...changes };
}

/** A valid key `batchnorm` for {@link wireWith}, with some keys replaced. */
export function extensionWith(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    specificationVersion: 1,
    runningVariance: "unbiased",
    hasRunningStatistics: true,
    hasSavedStatistics: true,
    saved: savedWith({}),
    averaging: { rule: "constant", factor: 0.1, count: 3 },
    scale: "AACAPwAAgD8=",
    bias: "AAAAAAAAAAA=",
    ...changes,
  };
}

export function savedWith(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { epsilon: 1e-5, descriptor: descriptorWith({}), meanLow: "AAAAAAAAAAA=", ...changes };
}

export function descriptorWith(
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    dataType: "float32",
    format: "NHWC",
    dims: [8, 2, 5, 7],
    strides: [70, 1, 14, 2],
    ...changes,
  };
}

/** True once per character of `text`: upper, lower and look-alike letters in its place. */
export function respellings(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(...[...text].map((letter) => fc.constantFrom(...lookAlikes(letter))))
    .map((letters) => letters.join(""));
}

/** Go folds some of these to the letter; dotless i, sharp s, full-width s and others it does not. */
function lookAlikes(letter: string): string[] {
  const lower = letter.toLowerCase();
  const both = [letter, letter, letter, lower, letter.toUpperCase()];
  if (lower === "s") return [...both, "\u017f", "\u00df", "\uff53"];
  if (lower === "k") return [...both, "\u212a"];
  return lower === "i" ? [...both, "\u0131", "\u0130"] : both;
}
