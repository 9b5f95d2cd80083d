import fc from "fast-check";
import {
  createTensorDescriptor,
  type TensorDescriptor,
} from "../../src/tensor/tensorDescriptor.ts";
import { TENSOR_FORMATS } from "../../src/vocabulary/tensorFormat.ts";

const rank = fc.integer({ min: 2, max: 6 });

/** Dims of rank 2 to 6; C is at least 1, the others may be 0. */
export const anyDims = rank.chain((length) =>
  fc.tuple(...Array.from({ length }, (_, axis) => fc.integer({ min: axis === 1 ? 1 : 0, max: 4 }))),
);

/** Descriptors of any strides: packed, with gaps, overlapping, permuted. */
export const anyDescriptor: fc.Arbitrary<TensorDescriptor> = anyDims.chain((dims) => {
  const anyStrides = fc.array(fc.integer({ min: 1, max: 40 }), {
    minLength: dims.length,
    maxLength: dims.length,
  });
  return fc
    .record({
      format: fc.constantFrom(...TENSOR_FORMATS),
      strides: fc.oneof(fc.constant(undefined), nestedStrides(dims), anyStrides),
    })
    .map(({ format, strides }) =>
      createTensorDescriptor({ dataType: "float32", format, dims, strides }),
    );
});

/** Strides without overlap in any order of the axes, with gaps. */
function nestedStrides(dims: readonly number[]): fc.Arbitrary<number[]> {
  const axes = dims.map((_, axis) => axis);
  return fc
    .tuple(
      fc.shuffledSubarray(axes, { minLength: dims.length }),
      fc.array(fc.integer({ min: 0, max: 2 }), {
        minLength: dims.length,
        maxLength: dims.length,
      }),
    )
    .map(([order, gaps]) => {
      const strides = new Array<number>(dims.length);
      let next = 1;
      for (const axis of order) {
        strides[axis] = next + gaps[axis];
        next = strides[axis] * Math.max(dims[axis], 1);
      }
      return strides;
    });
}

/** Storage offset of every index in logical order: the definition of strides, and nothing else. */
export function naiveOffsets({ dims, strides }: TensorDescriptor): number[] {
  let offsets = [0];
  for (const [axis, dim] of dims.entries()) {
    const steps = Array.from({ length: dim }, (_, index) => index * strides[axis]);
    offsets = offsets.flatMap((offset) => steps.map((step) => offset + step));
  }
  return offsets;
}
