// The last step of a training backward: dx from x, the gradient and the sums over it.
// `uniform`: all elements of a granule share their parameters; `mixed`: any.
#include "propagate.cuh"

#define BN_KERNEL(variant, suffix, T, MIXED)                                                                 \
  extern "C" __global__ void __launch_bounds__(bn::SWEEP_THREADS)                                            \
      apply_backward_##variant##_##suffix(const __grid_constant__ PropagateParams params) {                  \
    bn::sweep<bn::Propagate<T, MIXED>>(params);                                                              \
  }

#define BN_KERNELS(suffix, T)                                                                                \
  BN_KERNEL(uniform, suffix, T, false)                                                                       \
  BN_KERNEL(mixed, suffix, T, true)

BN_KERNELS(f32, float)
BN_KERNELS(f16, __half)
BN_KERNELS(bf16, __nv_bfloat16)
BN_KERNELS(f64, double)
