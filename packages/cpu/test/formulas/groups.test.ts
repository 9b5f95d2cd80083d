import { createTensorDescriptor } from "@batchnorm/core";
import { expect, test } from "vitest";
import { groupsOf } from "../../src/formulas/groups.ts";

const x = (...dims: number[]) =>
  createTensorDescriptor({ dataType: "float32", format: "NCHW", dims });

test("the spatial modes share over batch and space: one group for each channel", () => {
  // 2 samples, 3 channels, 4 · 5 positions: m = 2 · 20.
  const groups = { batch: 2, count: 3, inner: 20, size: 40 };
  expect(groupsOf("spatial", x(2, 3, 4, 5))).toEqual(groups);
  expect(groupsOf("spatialPersistent", x(2, 3, 4, 5))).toEqual(groups);
});

test("per activation shares over the batch only: one group for each channel and position", () => {
  expect(groupsOf("perActivation", x(2, 3, 4, 5))).toEqual({
    batch: 2,
    count: 60,
    inner: 1,
    size: 2,
  });
});

test("without space both are the same", () => {
  const groups = { batch: 7, count: 3, inner: 1, size: 7 };
  expect(groupsOf("spatial", x(7, 3))).toEqual(groups);
  expect(groupsOf("perActivation", x(7, 3))).toEqual(groups);
});

test("any rank", () => {
  expect(groupsOf("spatial", x(2, 3, 4, 5, 6, 7)).inner).toBe(840);
  expect(groupsOf("spatial", x(0, 3, 4)).size).toBe(0);
});
