// Forward training of planes (NCHW): one kernel a type, for rows of one channel ("planes") and for small
// planes worked on several side by side ("packed"), without and with a tensor to add.
#include "forward.cuh"

using bn::planes::forwardKernel;

#define BN_FORWARD(name, T, packed, add)                                                                              \
  extern "C" __global__ void __launch_bounds__(bn::planes::blockThreads(packed), 1)                                   \
      name(const __grid_constant__ BnPlanesForward p) {                                                               \
    forwardKernel<T, packed, add>(p);                                                                                 \
  }

BN_FORWARD(planes_forward_f32, float, false, false)
BN_FORWARD(planes_forward_f16, __half, false, false)
BN_FORWARD(planes_forward_bf16, __nv_bfloat16, false, false)
BN_FORWARD(planes_forward_add_f32, float, false, true)
BN_FORWARD(planes_forward_add_f16, __half, false, true)
BN_FORWARD(planes_forward_add_bf16, __nv_bfloat16, false, true)
BN_FORWARD(packed_forward_f32, float, true, false)
BN_FORWARD(packed_forward_f16, __half, true, false)
BN_FORWARD(packed_forward_bf16, __nv_bfloat16, true, false)
BN_FORWARD(packed_forward_add_f32, float, true, true)
BN_FORWARD(packed_forward_add_f16, __half, true, true)
BN_FORWARD(packed_forward_add_bf16, __nv_bfloat16, true, true)
