// ReLU, its mask, and blending: the last steps of every result.
#pragma once

namespace bn {

/** max(value, 0); NaN passes, and a negative zero becomes +0. */
template <class M> __device__ __forceinline__ M rectified(M value) { return value <= M(0) ? M(0) : value; }

/** The gradient that passes a ReLU whose stored output is `output`. */
template <class M> __device__ __forceinline__ M maskedBy(M output, M gradient) {
  return output <= M(0) ? M(0) : gradient;
}

/** alpha · value + beta · old; with beta = 0 `old` is not used. */
template <class M> __device__ __forceinline__ M blended(M value, M alpha, M beta, M old) {
  const M fresh = alpha * value;
  return beta == M(0) ? fresh : fresh + beta * old;
}

} // namespace bn
