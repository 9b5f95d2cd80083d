import { expect, test } from "vitest";
import { caseName, casesOf } from "../../src/cases/benchCase.ts";
import { Random } from "../../src/cases/random.ts";
import { formatShape, parseShape } from "../../src/cases/shape.ts";

test.each(["", "5", "0x3", "2x-3", "2x3.5", "2xx3", "2x3x", "axb", "1e3x2"])(
  "%j is no shape",
  (text) => expect(parseShape(text)).toBeNull(),
);

test("a shape reads back as it prints", () => {
  expect(parseShape(formatShape([4, 32, 16, 32, 32]))).toEqual([4, 32, 16, 32, 32]);
});

test("both layouts are measured, but one where they are the same bytes", () => {
  const shapes = [
    [2, 3],
    [2, 3, 4],
  ];
  const cases = casesOf({
    shapes,
    layouts: ["NCHW", "NHWC"],
    dataTypes: ["float32"],
    quick: false,
  });
  expect(cases.map(caseName)).toEqual([
    "2×3 NCHW float32",
    "2×3×4 NCHW float32",
    "2×3×4 NHWC float32",
  ]);
});

test("the standard run has 15 float32 tensors and fewer of the other types", () => {
  const layouts = ["NCHW", "NHWC"] as const;
  const count = (dataType: "float32" | "bfloat16") =>
    casesOf({ shapes: null, layouts, dataTypes: [dataType], quick: false }).length;
  expect(count("float32")).toBe(15);
  expect(count("bfloat16")).toBe(6);
});

test("random numbers repeat with their seed, and fill −1 to 1", () => {
  const random = new Random(1);
  const again = new Random(1);
  const values = Array.from({ length: 10_000 }, () => random.next());
  expect(values.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => again.next()));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...values)).toBeLessThan(1);
});
