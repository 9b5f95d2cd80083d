import {
  bfloat16,
  type DataType,
  float16,
  type NarrowFloat,
  type Rows,
  rowsOf,
  type TensorDescriptor,
} from "@batchnorm/core";
import type { CpuMemory } from "../device/cpuMemory.js";

/** Where the elements of a tensor lie, in logical order, and how they are stored. */
export interface Layout {
  readonly dataType: DataType;
  readonly narrow: NarrowFloat | null;
  readonly rows: Rows;
}

export function layoutOf(descriptor: TensorDescriptor): Layout {
  const { dataType } = descriptor;
  const narrow = dataType === "float16" ? float16 : dataType === "bfloat16" ? bfloat16 : null;
  return { dataType, narrow, rows: rowsOf(descriptor) };
}

/** Tensor → float64 in logical order. */
export function load(
  memory: CpuMemory,
  { dataType, narrow, rows }: Layout,
  to: Float64Array,
): void {
  const { starts, length, stride } = rows;
  const elements = memory.elements(dataType);
  let index = 0;
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row];
    for (let i = 0; i < length; i++) {
      const element = elements[start + i * stride];
      to[index++] = narrow === null ? element : narrow.decode(element);
    }
  }
}

/** tensor = alpha · values + beta · tensor, rounded once; beta = 0 does not read the tensor. */
export function store(
  memory: CpuMemory,
  { dataType, narrow, rows }: Layout,
  values: Float64Array,
  alpha = 1,
  beta = 0,
): void {
  const { starts, length, stride } = rows;
  const elements = memory.elements(dataType);
  let index = 0;
  for (let row = 0; row < starts.length; row++) {
    const start = starts[row];
    for (let i = 0; i < length; i++) {
      const place = start + i * stride;
      let value = alpha * values[index++];
      if (beta !== 0) {
        const old = elements[place];
        value += beta * (narrow === null ? old : narrow.decode(old));
      }
      elements[place] = narrow === null ? value : narrow.encode(value);
    }
  }
}
