import {
  bfloat16,
  type DataType,
  float16,
  type HostArray,
  statisticsDataType,
} from "@batchnorm/core";
import type { BenchCase } from "../cases/benchCase.ts";
import { readValues } from "../protocol/files.ts";
import type { Expected } from "./expected.ts";
import { walk } from "./walk.ts";

/**
 * How far a result may be off, as a part of the largest expected magnitude. Wide enough for plain
 * float32 sums: this finds wrong formulas, layouts and races. Accuracy is the conformance suite's.
 */
const TOLERANCE: Readonly<Record<DataType, number>> = {
  float64: 1e-9,
  float32: 1e-4,
  float16: 2 ** -9,
  bfloat16: 2 ** -6,
};

/** Compares the files that a participant left; a sentence on the first result that is wrong, or null. */
export function findWrong(
  tensor: BenchCase,
  expected: Readonly<Record<string, Expected>>,
  folder: string,
): string | null {
  for (const [name, one] of Object.entries(expected)) {
    const type = one.perElement ? tensor.dataType : statisticsDataType(tensor.dataType);
    const found = compare(tensor, one, type, readValues(folder, name, type));
    if (found !== null) return `${name}: ${found}`;
  }
  return null;
}

function compare(tensor: BenchCase, { perElement, at }: Expected, type: DataType, got: HostArray) {
  const of = perElement ? tensor : { ...tensor, shape: [1, tensor.shape[1]] };
  const value = decoder(type);
  let length = 0;
  let largest = 0;
  let worst = 0;
  walk(of, (index, channel) => {
    const want = at(index, channel);
    const error = Math.abs(value(got[index]) - want);
    largest = Math.max(largest, Math.abs(want));
    // Once NaN, always NaN: a result that is no number anywhere is wrong.
    worst = Math.max(worst, error);
    length += 1;
  });
  if (got.length !== length) return `${got.length} values instead of ${length}`;
  const allowed = TOLERANCE[type] * Math.max(largest, 1);
  if (worst <= allowed) return null;
  return `off by ${worst.toPrecision(2)}, allowed ${allowed.toPrecision(2)}`;
}

function decoder(type: DataType): (stored: number) => number {
  if (type === "float16") return float16.decode;
  return type === "bfloat16" ? bfloat16.decode : (stored) => stored;
}
