import { describe, expect, test } from "vitest";
import {
  BATCH_NORM_MODES,
  batchNormModeCode,
  isBatchNormMode,
} from "../../src/vocabulary/batchNormMode.ts";
import {
  bytesPerElement,
  DATA_TYPES,
  dataTypeCode,
  hostArray,
  isDataType,
  statisticsDataType,
} from "../../src/vocabulary/dataType.ts";
import { isTensorFormat, TENSOR_FORMATS } from "../../src/vocabulary/tensorFormat.ts";

describe.each([
  ["float32", 0, 4, "float32", Float32Array],
  ["float64", 1, 8, "float64", Float64Array],
  ["float16", 2, 2, "float32", Uint16Array],
  ["bfloat16", 9, 2, "float32", Uint16Array],
] as const)("%s", (dataType, code, bytes, statistics, kind) => {
  test("has its cudnnDataType_t, its size and the type of its statistics", () => {
    expect(dataTypeCode(dataType)).toBe(code);
    expect(bytesPerElement(dataType)).toBe(bytes);
    expect(statisticsDataType(dataType)).toBe(statistics);
  });

  test("has a zero-filled host array, or a view of a buffer", () => {
    expect(hostArray(dataType, 3)).toEqual(new kind(3));
    const buffer = new ArrayBuffer(16);
    const view = hostArray(dataType, buffer);
    expect(view).toBeInstanceOf(kind);
    expect(view.buffer).toBe(buffer);
  });
});

test("names inherited by every object are no words of the vocabulary", () => {
  for (const name of ["toString", "__proto__", "constructor", "FLOAT32", "", null, 0]) {
    expect(isDataType(name)).toBe(false);
    expect(isBatchNormMode(name)).toBe(false);
    expect(isTensorFormat(name)).toBe(false);
  }
});

test("the lists hold what the guards accept, and are frozen", () => {
  expect(DATA_TYPES.every(isDataType)).toBe(true);
  expect(BATCH_NORM_MODES.every(isBatchNormMode)).toBe(true);
  expect(TENSOR_FORMATS.every(isTensorFormat)).toBe(true);
  expect([DATA_TYPES, BATCH_NORM_MODES, TENSOR_FORMATS].every(Object.isFrozen)).toBe(true);
});

test("modes have the codes of cudnnBatchNormMode_t", () => {
  const codes = ["perActivation", "spatial", "spatialPersistent"] as const;
  expect(codes.map(batchNormModeCode)).toEqual([0, 1, 2]);
});
