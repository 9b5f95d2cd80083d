// Forward training and backward of rows of channels in three launches each; PTX for 7.5 and up.
#include "split_apply.cuh"
#include "split_join.cuh"

#define BN_ROWS_SPLIT_VECTOR(suffix, type, width)                                                                      \
  extern "C" __global__ void __launch_bounds__(256, 2) rows_moments_##suffix(const __grid_constant__ BnRowsSplit p) {     \
    bn::splitMoments<type, width>(p);                                                                                  \
  }                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256, 2) rows_gradients_##suffix(const __grid_constant__ BnRowsSplit p) {   \
    bn::splitGradients<type, width>(p);                                                                                \
  }                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256, 2) rows_normalise_##suffix(const __grid_constant__ BnRowsSplit p) {   \
    bn::applyToAll<bn::ForwardApply, type, width, 4>(p);                                                     \
  }                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(256, 2) rows_propagate_##suffix(const __grid_constant__ BnRowsSplit p) {   \
    bn::applyToAll<bn::BackwardApply, type, width, 2>(p);                                                    \
  }

#define BN_ROWS_SPLIT(suffix, type, width)                                                                             \
  BN_ROWS_SPLIT_VECTOR(suffix, type, width)                                                                            \
  BN_ROWS_SPLIT_VECTOR(single_##suffix, type, 1)                                                                       \
  extern "C" __global__ void __launch_bounds__(1024) rows_join_moments_##suffix(const __grid_constant__ BnRowsSplit p) { \
    bn::finishMoments<type>(p);                                                                                        \
  }                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(1024)                                                                   \
      rows_join_gradients_##suffix(const __grid_constant__ BnRowsSplit p) {                                            \
    bn::finishGradients<type>(p);                                                                                      \
  }

BN_ROWS_SPLIT(f32, float, 4)
BN_ROWS_SPLIT(f16, __half, 8)
BN_ROWS_SPLIT(bf16, __nv_bfloat16, 8)
