// Backward of planes (NCHW): as forward.cu; "masked" kernels read y for an activation.
#include "backward.cuh"

using bn::planes::backwardKernel;

#define BN_BACKWARD(name, T, packed, masked)                                                                          \
  extern "C" __global__ void __launch_bounds__(bn::planes::blockThreads(packed), 1)                                   \
      name(const __grid_constant__ BnPlanesBackward p) {                                                              \
    backwardKernel<T, packed, masked>(p);                                                                             \
  }

BN_BACKWARD(planes_backward_f32, float, false, false)
BN_BACKWARD(planes_backward_f16, __half, false, false)
BN_BACKWARD(planes_backward_bf16, __nv_bfloat16, false, false)
BN_BACKWARD(planes_backward_masked_f32, float, false, true)
BN_BACKWARD(planes_backward_masked_f16, __half, false, true)
BN_BACKWARD(planes_backward_masked_bf16, __nv_bfloat16, false, true)
BN_BACKWARD(packed_backward_f32, float, true, false)
BN_BACKWARD(packed_backward_f16, __half, true, false)
BN_BACKWARD(packed_backward_bf16, __nv_bfloat16, true, false)
BN_BACKWARD(packed_backward_masked_f32, float, true, true)
BN_BACKWARD(packed_backward_masked_f16, __half, true, true)
BN_BACKWARD(packed_backward_masked_bf16, __nv_bfloat16, true, true)
