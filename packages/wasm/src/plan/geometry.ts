import { type BatchNormMode, bytesPerElement, type TensorDescriptor } from "@batchnorm/core";

/**
 * How a plan sees its tensors: values (outer, columns, inner), statistics by column. `inner` > 1 are
 * planes (NCHW), 1 are rows (NHWC, 2-D, per activation). All depends on the descriptor alone and not
 * on threads, so that results do not either.
 */
export interface Geometry {
  readonly outer: number;
  readonly columns: number;
  readonly inner: number;
  /** Values of a column summed in one piece. */
  readonly chunkSize: number;
  readonly chunks: number;
  /** Columns that are worked on together. */
  readonly groupColumns: number;
  readonly groups: number;
  /** Enough groups for threads to share: sums and results of a group follow one another. */
  readonly byGroup: boolean;
  /** Positions per channel where parameters are C-major but columns are not (NHWC per activation). */
  readonly permute: number;
  /** Rows are taken one at a time: the tensor exceeds the caches. */
  readonly streaming: boolean;
}

/** Values in a chunk: long enough for its fixed costs to vanish, short enough to be shared out. */
const CHUNK_VALUES = 131072;

/** A group whose data fits here is read from the cache the second time. */
const GROUP_BYTES = 1 << 21;

/** Rows of larger tensors are taken one at a time. */
const STREAM_BYTES = 1 << 24;

/** With fewer groups threads would wait for one another. */
const MIN_GROUPS = 16;

export function geometryOf(mode: BatchNormMode, x: TensorDescriptor): Geometry {
  const shape = shapeOf(mode, x);
  const { outer, columns, inner } = shape;
  const size = outer * inner;
  const perChunk = inner > 1 ? CHUNK_VALUES : Math.ceil(CHUNK_VALUES / columns / 64) * 64;
  const chunkSize = Math.min(Math.max(size, 1), Math.max(perChunk, 64));
  const elementBytes = bytesPerElement(x.dataType);
  const groupColumns = groupColumnsOf(shape, elementBytes);
  const groups = Math.ceil(columns / groupColumns);
  return {
    ...shape,
    chunkSize,
    chunks: Math.ceil(size / chunkSize),
    groupColumns,
    groups,
    byGroup: groups >= MIN_GROUPS,
    streaming: size * columns * elementBytes > STREAM_BYTES,
  };
}

type Shape = Pick<Geometry, "outer" | "columns" | "inner" | "permute">;

function shapeOf(mode: BatchNormMode, { dims, format }: TensorDescriptor): Shape {
  const [batch, channels, ...spatial] = dims;
  const positions = spatial.reduce((product, dim) => product * dim, 1);
  if (mode === "perActivation") {
    const permute = format === "NHWC" && positions > 1 && channels > 1 ? positions : 0;
    return { outer: batch, columns: channels * positions, inner: 1, permute };
  }
  if (format === "NHWC" || positions <= 1) {
    return { outer: batch * positions, columns: channels, inner: 1, permute: 0 };
  }
  return { outer: batch, columns: channels, inner: positions, permute: 0 };
}

/**
 * Neighbouring columns lie side by side in each plane, and memory likes long runs: as many of them
 * together as the cache holds, and as leave enough groups to share out.
 */
function groupColumnsOf({ outer, columns, inner }: Shape, elementBytes: number): number {
  const columnBytes = Math.max(outer * inner, 1) * elementBytes;
  const fitting = Math.max(Math.floor(GROUP_BYTES / columnBytes), 1);
  if (inner > 1) {
    const pageful = Math.ceil(4096 / (inner * elementBytes));
    const shareable = Math.floor(columns / MIN_GROUPS);
    return Math.min(columns, fitting, Math.max(pageful, shareable));
  }
  return columns;
}
