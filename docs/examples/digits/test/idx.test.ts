import { expect, test } from "vitest";
import { parseIdx } from "../src/idx.ts";

const header = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3];

test("reads dims and values", () => {
  const { dims, values } = parseIdx(Uint8Array.from([...header, 1, 2, 3, 4, 5, 6]));
  expect(dims).toEqual([2, 3]);
  expect(Array.from(values)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("refuses what is no IDX file, and one cut short", () => {
  expect(() => parseIdx(Uint8Array.from([1, 2]))).toThrow("Not an IDX file");
  expect(() => parseIdx(Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 0]))).toThrow("Not an IDX file");
  expect(() => parseIdx(Uint8Array.from([...header, 1]))).toThrow("of 6 values holds 1");
});
