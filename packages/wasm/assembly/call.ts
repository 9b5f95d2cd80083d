// One call of a plan, as TypeScript writes it into memory. The order of fields is the order of
// `CALL_FIELDS` in src/plan/callLayout.ts; a test compares the two.

/** All tensors are seen as (outer, columns, inner): statistics belong to columns. */
@unmanaged
export class Call {
  // Data. Absent tensors are 0.
  x: usize;
  y: usize;
  z: usize;
  dy: usize;
  dx: usize;
  dz: usize;
  // Parameters, in the order of the tensors given by the user.
  scale: usize;
  bias: usize;
  dScale: usize;
  dBias: usize;
  runningMean: usize;
  runningVariance: usize;
  savedMean: usize;
  savedLow: usize;
  savedInvStd: usize;
  // Workspace, in the order of columns.
  /** Two f64 for each (chunk, column): mean and M2, or sums of dy and of dy · x̂. */
  partials: usize;
  /** Three f32 for each (chunk, column) of rows: a pivot near the mean, and two sums. */
  accumulators: usize;
  /** Per column, in the statistics type: mean, its low word, and three coefficients. */
  mean: usize;
  low: usize;
  factor: usize;
  slope: usize;
  offset: usize;
  // Geometry.
  outer: u32;
  columns: u32;
  inner: u32;
  /** Values of a column in one chunk (the last may have fewer), and chunks. */
  chunkSize: u32;
  chunks: u32;
  /** Columns in one group: what one unit of a fused pass covers. */
  groupColumns: u32;
  /** Positions per channel where parameters are C-major but columns are not; else 0. */
  permute: u32;
  /** Rows are taken one at a time and not four: memory likes one stream, the caches like reuse. */
  streaming: u32;
  // Options.
  relu: u32;
  /** The running variance is divided by m instead of m − 1. */
  biased: u32;
  epsilon: f64;
  averagingFactor: f64;
  alpha: f64;
  beta: f64;
  alphaParam: f64;
  betaParam: f64;
}

/** m: values in each column. */
// @ts-ignore: decorator
@inline
export function columnSize(call: Call): u32 {
  return call.outer * call.inner;
}

/** Values of a column in chunk `k`. */
// @ts-ignore: decorator
@inline
export function chunkLength(call: Call, k: u32): u32 {
  return min(call.chunkSize, columnSize(call) - k * call.chunkSize);
}

/** Where the parameters of `column` lie, in elements. */
// @ts-ignore: decorator
@inline
export function parameterIndex(call: Call, column: u32): u32 {
  if (call.permute == 0) return column;
  const channels = call.columns / call.permute;
  return (column % channels) * call.permute + column / channels;
}

/** Array `which` (0 to 2) of the accumulators of chunk `k`, from `column` on. */
// @ts-ignore: decorator
@inline
export function accumulatorAt(call: Call, k: u32, column: u32, which: u32): usize {
  return call.accumulators + (((<usize>k * 3 + which) * call.columns + column) << 2);
}

/** The pivot of planes of (chunk, column), an f64, where rows have their accumulators. */
// @ts-ignore: decorator
@inline
export function pivotAt(call: Call, k: u32, column: u32): usize {
  return call.accumulators + (<usize>k * call.columns + column) * 12;
}

/** The two partial values of (chunk, column). */
// @ts-ignore: decorator
@inline
export function partialAt(call: Call, k: u32, column: u32): usize {
  return call.partials + ((<usize>k * call.columns + column) << 4);
}
