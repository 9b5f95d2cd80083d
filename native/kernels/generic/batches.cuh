// Moments of one thread's values, taken a batch in registers at a time: the batch is measured around its
// own mean, so nothing cancels, and joins the thread's sums around a pivot in double.
#pragma once

#include <cstdint>

#include "../common/moments.cuh"

namespace bn {

template <typename A> struct PivotedSums {
  A pivot;
  double sum;     // Σ (x − pivot)
  double squares; // Σ (x − pivot)²
};

template <int COUNT> inline constexpr uint32_t allLive = COUNT == 32 ? 0xffffffffu : (1u << COUNT) - 1u;

/** Values in a fixed tree: the error grows with the logarithm of their number. */
template <int FIRST, int COUNT, int ALL, typename A>
__device__ __forceinline__ A sumRange(const A (&values)[ALL]) {
  if constexpr (COUNT == 1) {
    return values[FIRST];
  } else {
    constexpr int HALF = COUNT / 2;
    return sumRange<FIRST, HALF>(values) + sumRange<FIRST + HALF, COUNT - HALF>(values);
  }
}

template <int COUNT, typename A> __device__ __forceinline__ A treeSum(const A (&values)[COUNT]) {
  return sumRange<0, COUNT>(values);
}

/** A batch about its centre, which is near its mean: count, Σ (x − centre), Σ (x − centre)². */
template <typename A> struct BatchSums {
  A centre;
  double count, rest, squares;
};

/** Squares below float's range: the same sum in double. Rare, so not unrolled into every caller's loop. */
template <int COUNT> __device__ __forceinline__ double wideSquares(const float (&distances)[COUNT]) {
  double squares = 0.0;
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    const double distance = distances[i];
    squares += distance * distance;
  }
  return squares;
}
template <int COUNT> __device__ __forceinline__ double wideSquares(const double (&)[COUNT]) { return 0.0; }

template <bool ALL, int COUNT, typename A>
__device__ __forceinline__ BatchSums<A> sumBatch(const A (&values)[COUNT], uint32_t live, A reference) {
  A terms[COUNT];
  const A count = ALL ? A(COUNT) : static_cast<A>(__popc(live));
#pragma unroll
  for (int i = 0; i < COUNT; i++) terms[i] = ALL || (live >> i & 1u) ? values[i] - reference : A(0);
  BatchSums<A> batch;
  batch.count = count;
  batch.centre = reference + treeSum(terms) * (A(1) / count);
  A squares[COUNT];
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    terms[i] = ALL || (live >> i & 1u) ? values[i] - batch.centre : A(0);
    squares[i] = terms[i] * terms[i];
  }
  batch.rest = treeSum(terms);
  const A sum = treeSum(squares);
  batch.squares = sum;
  if (sizeof(A) == sizeof(float) && sum < A(1e-30)) batch.squares = wideSquares(terms);
  return batch;
}

/** `live`: which of the values count, one bit each, not none; `reference`: a number near them. */
template <int COUNT, typename A>
__device__ __forceinline__ BatchSums<A> sumBatch(const A (&values)[COUNT], uint32_t live, A reference) {
  if (live == allLive<COUNT>) return sumBatch<true>(values, live, reference);
  return sumBatch<false>(values, live, reference);
}

template <typename A>
__device__ __forceinline__ void addBatch(PivotedSums<A>& sums, const BatchSums<A>& batch, bool first) {
  if (first) sums = PivotedSums<A>{batch.centre, 0.0, 0.0};
  const double distance = static_cast<double>(batch.centre) - static_cast<double>(sums.pivot);
  const double moved = batch.count * distance;
  sums.sum += moved + batch.rest;
  sums.squares += batch.squares + distance * (2.0 * batch.rest + moved);
}

template <typename A>
__device__ __forceinline__ WideMoments momentsOf(const PivotedSums<A>& sums, double count) {
  if (count == 0.0) return WideMoments{0.0, 0.0, 0.0};
  const double offset = sums.sum / count;
  const double m2 = sums.squares - sums.sum * offset;
  return WideMoments{count, static_cast<double>(sums.pivot) + offset, m2 < 0.0 ? 0.0 : m2};
}

} // namespace bn
