import { Call } from "../call";
import { shiftOf } from "../lanes";

// Planes: inner > 1, as in NCHW. Value e of a column lies in plane e / inner, at e % inner.

/** Values from e that follow one another in memory. */
// @ts-ignore: decorator
@inline
export function runLength(call: Call, e: u32, end: u32): u32 {
  return min(call.inner - (e % call.inner), end - e);
}

/** Byte offset of value e of a column, the same in all data tensors. */
// @ts-ignore: decorator
@inline
export function planeOffset<T>(call: Call, column: u32, e: u32): usize {
  const plane = (e / call.inner) * call.columns + column;
  return (<usize>plane * call.inner + (e % call.inner)) << shiftOf<T>();
}

/** From a value of a column to the same of the next column. */
// @ts-ignore: decorator
@inline
export function planeBytes<T>(call: Call): usize {
  return <usize>call.inner << shiftOf<T>();
}
