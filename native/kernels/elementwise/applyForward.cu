// The last step of a training forward: statistics of the batch, mean in two words.
// `uniform`: all elements of a granule share their parameters; `mixed`: any. `blend`: z or beta may be there.
#include "normalize.cuh"

#define BN_KERNEL(variant, suffix, T, MIXED, BLEND)                                                          \
  extern "C" __global__ void __launch_bounds__(bn::SWEEP_THREADS)                                            \
      apply_forward_##variant##_##suffix(const __grid_constant__ NormalizeParams params) {                     \
    bn::sweep<bn::Normalize<T, bn::BatchCoefficients, MIXED, BLEND>>(params);                                \
  }

#define BN_KERNELS(suffix, T)                                                                                \
  BN_KERNEL(uniform, suffix, T, false, false)                                                                \
  BN_KERNEL(mixed, suffix, T, true, false)                                                                   \
  BN_KERNEL(uniform_blend, suffix, T, false, true)                                                           \
  BN_KERNEL(mixed_blend, suffix, T, true, true)

BN_KERNELS(f32, float)
BN_KERNELS(f16, __half)
BN_KERNELS(bf16, __nv_bfloat16)
BN_KERNELS(f64, double)
