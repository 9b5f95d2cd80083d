// Forward training of rows of channels, x read once. Hopper: 227 KB of shared memory, one block a
// multiprocessor, cooperative launch.
#include "fused_forward.cuh"

#define BN_ROWS_FORWARD(name, type, kept, full)                                                                        \
  extern "C" __global__ void __launch_bounds__(512, 1) name(const __grid_constant__ BnRowsForward parameters) {        \
    bn::fusedForward<type, kept, full>(parameters);                                                                    \
  }

// ReLU by flag.
BN_ROWS_FORWARD(rows_forward_f32, float, 10, false)
BN_ROWS_FORWARD(rows_forward_f16, __half, 8, false)
BN_ROWS_FORWARD(rows_forward_bf16, __nv_bfloat16, 8, false)

// Adds z, and blends with what y held.
BN_ROWS_FORWARD(rows_forward_full_f32, float, 8, true)
BN_ROWS_FORWARD(rows_forward_full_f16, __half, 8, true)
BN_ROWS_FORWARD(rows_forward_full_bf16, __nv_bfloat16, 8, true)
