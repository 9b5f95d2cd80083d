import {
  bfloat16,
  type DataType,
  float16,
  type HostArray,
  hostArray,
  statisticsDataType,
} from "@batchnorm/core";
import { writeValues } from "../protocol/files.ts";
import type { BenchCase } from "./benchCase.ts";
import { Random } from "./random.ts";
import { elementsOf } from "./shape.ts";

/** Values as numbers, as exact as the data type holds them. */
export type Numbers = Float32Array | Float64Array;

/** What all participants compute with. Tensors are in storage order. */
export interface Inputs {
  readonly x: Numbers;
  readonly dy: Numbers;
  readonly scale: Numbers;
  readonly bias: Numbers;
  readonly mean: Numbers;
  readonly variance: Numbers;
}

export const EPSILON = 1e-5;

/** Makes the inputs of a case and leaves them as files for the participants. */
export function makeInputs({ shape, dataType }: BenchCase, folder: string): Inputs {
  const random = new Random(1);
  const channels = shape[1];
  const make = (name: string, type: DataType, length: number, value: () => number) => {
    const native = hostArray(type, length);
    const numbers = type === "float64" ? new Float64Array(length) : new Float32Array(length);
    fill(type, native, numbers, value);
    writeValues(folder, name, native);
    return numbers;
  };
  const tensor = (name: string, centre: number) =>
    make(name, dataType, elementsOf(shape), () => random.next() + centre);
  const parameter = (name: string, centre: number) =>
    make(name, statisticsDataType(dataType), channels, () => centre + random.next() / 2);
  return {
    x: tensor("x", 0.25),
    dy: tensor("dy", 0),
    scale: parameter("scale", 1),
    bias: parameter("bias", 0),
    mean: parameter("mean", 0),
    variance: parameter("variance", 1),
  };
}

function fill(type: DataType, native: HostArray, numbers: Numbers, value: () => number): void {
  const narrow = type === "float16" ? float16 : type === "bfloat16" ? bfloat16 : null;
  for (let i = 0; i < native.length; i++) {
    native[i] = narrow === null ? value() : narrow.encode(value());
    numbers[i] = narrow === null ? native[i] : narrow.decode(native[i]);
  }
}
