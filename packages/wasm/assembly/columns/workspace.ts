// Per-column values have the statistics type: f64 for T = f64, else f32.

// @ts-ignore: decorator
@inline
export function columnShift<T>(): usize {
  return sizeof<T>() == 8 ? 3 : 2;
}

// @ts-ignore: decorator
@inline
export function loadColumn<T>(array: usize, index: u32): f64 {
  const at = array + (<usize>index << columnShift<T>());
  return sizeof<T>() == 8 ? load<f64>(at) : <f64>load<f32>(at);
}

/** A NaN is stored as the plain one: kernels rely on its lower bits being 0. */
// @ts-ignore: decorator
@inline
export function storeColumn<T>(array: usize, index: u32, value: f64): void {
  const at = array + (<usize>index << columnShift<T>());
  const plain = value == value ? value : NaN;
  if (sizeof<T>() == 8) store<f64>(at, plain);
  else store<f32>(at, <f32>plain);
}
