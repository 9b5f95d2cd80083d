// Backward of rows of channels, x and dy (and y, with an activation) read once. Hopper: 227 KB of shared
// memory, one block a multiprocessor, cooperative launch.
#include "fused_backward.cuh"

#define BN_ROWS_BACKWARD(name, type, kept, masked, blend)                                                              \
  extern "C" __global__ void __launch_bounds__(512, 1) name(const __grid_constant__ BnRowsBackward parameters) {       \
    bn::fusedBackward<type, kept, masked, blend>(parameters);                                                          \
  }

BN_ROWS_BACKWARD(rows_backward_f32, float, 5, false, false)
BN_ROWS_BACKWARD(rows_backward_f16, __half, 3, false, false)
BN_ROWS_BACKWARD(rows_backward_bf16, __nv_bfloat16, 3, false, false)

// With the activation's mask, and dz where it is asked for.
BN_ROWS_BACKWARD(rows_backward_relu_f32, float, 5, true, false)
BN_ROWS_BACKWARD(rows_backward_relu_f16, __half, 3, true, false)
BN_ROWS_BACKWARD(rows_backward_relu_bf16, __nv_bfloat16, 3, true, false)

// Blending with what dx held.
BN_ROWS_BACKWARD(rows_backward_blend_f32, float, 5, false, true)
BN_ROWS_BACKWARD(rows_backward_blend_f16, __half, 3, false, true)
BN_ROWS_BACKWARD(rows_backward_blend_bf16, __nv_bfloat16, 3, false, true)
BN_ROWS_BACKWARD(rows_backward_relu_blend_f32, float, 5, true, true)
BN_ROWS_BACKWARD(rows_backward_relu_blend_f16, __half, 3, true, true)
BN_ROWS_BACKWARD(rows_backward_relu_blend_bf16, __nv_bfloat16, 3, true, true)
