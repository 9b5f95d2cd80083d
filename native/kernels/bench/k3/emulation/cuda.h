// Enough of CUDA C++ to run the generic kernels on the processor, one block after another: the threads of
// a block are fibers, run in a shuffled order between barriers. For checking without a GPU, with
// AddressSanitizer for accesses out of bounds; no help with speed. Included before the kernels' sources.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <vector_functions.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#undef __shared__
#define __shared__ static
#undef __launch_bounds__
#define __launch_bounds__(...)
#define __grid_constant__

namespace emulation {
struct Index {
  uint32_t x, y, z;
};
/** All threads of the block have come here. */
void barrier(int kind);
/** A value of another lane of the warp. */
double exchange(double value, int distance);
} // namespace emulation

extern emulation::Index threadIdx, blockIdx;

inline void __syncthreads() { emulation::barrier(0); }
inline double __shfl_down_sync(uint32_t, double value, int distance) { return emulation::exchange(value, distance); }
inline double __shfl_xor_sync(uint32_t, double, int) { __builtin_trap(); }

inline uint32_t __umulhi(uint32_t a, uint32_t b) { return static_cast<uint32_t>((static_cast<uint64_t>(a) * b) >> 32); }
inline int __popc(uint32_t value) { return __builtin_popcount(value); }
inline float rsqrtf(float value) { return 1.0f / std::sqrt(value) * (1.0f + 1e-7f); } // an approximation, as there
template <typename To, typename From> inline To bitsAs(From from) {
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}
inline float __uint_as_float(uint32_t bits) { return bitsAs<float>(bits); }
inline uint32_t __float_as_uint(float value) { return bitsAs<uint32_t>(value); }
inline double __hiloint2double(int high, int low) {
  return bitsAs<double>(static_cast<uint64_t>(static_cast<uint32_t>(high)) << 32 | static_cast<uint32_t>(low));
}
inline int __double2loint(double value) { return static_cast<int>(bitsAs<uint64_t>(value)); }
inline int __double2hiint(double value) { return static_cast<int>(bitsAs<uint64_t>(value) >> 32); }
inline float __fdividef(float a, float b) { return a / b; }
inline uint32_t min(uint32_t a, uint32_t b) { return a < b ? a : b; }
using std::sqrt;

// quotientOf and the kernels' device code.
#define BN_DEVICE_CODE
