import type { Capabilities, DataType, TensorFormat, TensorSpec } from "@batchnorm/core";
import fc from "fast-check";

/** How tensors of one layer look; the batch size is chosen call by call. */
export interface LayoutPlan {
  readonly dataType: DataType;
  readonly format: TensorFormat;
  readonly channels: number;
  readonly spatial: readonly number[];
  /** null: packed. */
  readonly memory: MemoryPlan | null;
}

/** Strides that nest: axes from the innermost out, and elements left free after each. */
interface MemoryPlan {
  readonly order: readonly number[];
  readonly gaps: readonly number[];
}

const MOST_SPATIAL_DIMS = 4;

export function arbitraryLayout(
  dataTypes: readonly DataType[],
  { maxRank, maxStridedRank }: Pick<Capabilities, "maxRank" | "maxStridedRank">,
  withGaps: boolean,
): fc.Arbitrary<LayoutPlan> {
  const limits = withGaps ? [maxRank, maxStridedRank] : [maxRank];
  const most = Math.min(
    MOST_SPATIAL_DIMS,
    ...limits.map((limit) => (limit ?? Number.POSITIVE_INFINITY) - 2),
  );
  const spatial = fc.integer({ min: 0, max: most }).chain((length) => {
    const dim = fc.integer({ min: 1, max: length <= 2 ? 6 : 3 });
    return fc.array(dim, { minLength: length, maxLength: length });
  });
  return spatial.chain((dims) =>
    fc.record({
      dataType: fc.constantFrom(...dataTypes),
      format: fc.constantFrom<TensorFormat>("NCHW", "NHWC"),
      channels: fc.integer({ min: 1, max: 6 }),
      spatial: fc.constant(dims),
      memory: withGaps ? arbitraryMemory(dims.length + 2) : fc.constant(null),
    }),
  );
}

/** The tensor of this layout with a batch of this size. */
export function specFor(layout: LayoutPlan, batch: number): TensorSpec {
  const { dataType, format, channels, spatial, memory } = layout;
  const dims = [batch, channels, ...spatial];
  if (memory === null) return { dataType, format, dims };
  const strides = new Array<number>(dims.length);
  let next = 1;
  memory.order.forEach((axis, i) => {
    strides[axis] = next + memory.gaps[i];
    next = strides[axis] * dims[axis];
  });
  return { dataType, format, dims, strides };
}

function arbitraryMemory(rank: number): fc.Arbitrary<MemoryPlan> {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return fc.record({
    order: fc.shuffledSubarray(axes, { minLength: rank, maxLength: rank }),
    gaps: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: rank, maxLength: rank }),
  });
}
