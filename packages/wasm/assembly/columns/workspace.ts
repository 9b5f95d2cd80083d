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

// @ts-ignore: decorator
@inline
export function storeColumn<T>(array: usize, index: u32, value: f64): void {
  const at = array + (<usize>index << columnShift<T>());
  if (sizeof<T>() == 8) store<f64>(at, value);
  else store<f32>(at, <f32>value);
}
