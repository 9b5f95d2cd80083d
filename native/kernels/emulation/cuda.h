// CUDA's words for the host compiler, and the threads of a grid as fibers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <vector_types.h>
#include <vector_functions.h>

#undef __device__
#undef __global__
#undef __host__
#undef __forceinline__
#define __device__
#define __global__
#define __host__
#define __forceinline__ inline

namespace emulation {
struct Index {
  uint32_t x, y, z;
};
struct Thread {
  Index thread, block;
  uint32_t lane, warp; // warp: of the whole grid
};
extern Thread* now;
extern Index gridSize, blockSize;
uint8_t* blockMemory();
void yield();         // nothing to do at present
void meetWarp();      // all 32 lanes
void meetBlock();
uint64_t* warpBoard(); // 32 words that the lanes of the warp share
} // namespace emulation

#define threadIdx (emulation::now->thread)
#define blockIdx (emulation::now->block)
#define gridDim emulation::gridSize
#define blockDim emulation::blockSize

inline void __syncwarp() { emulation::meetWarp(); }
inline void __syncthreads() { emulation::meetBlock(); }
inline void __threadfence() {}
inline void __nanosleep(unsigned) { emulation::yield(); }

template <typename T> T __shfl_xor_sync(unsigned, T value, int distance) {
  static_assert(sizeof(T) <= 8, "one word");
  uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(T));
  emulation::warpBoard()[emulation::now->lane] = word;
  emulation::meetWarp();
  word = emulation::warpBoard()[emulation::now->lane ^ static_cast<uint32_t>(distance)];
  emulation::meetWarp();
  std::memcpy(&value, &word, sizeof(T));
  return value;
}

inline int __all_sync(unsigned, int predicate) {
  emulation::warpBoard()[emulation::now->lane] = predicate != 0;
  emulation::meetWarp();
  int all = 1;
  for (int i = 0; i < 32; ++i) all = all && emulation::warpBoard()[i] != 0;
  emulation::meetWarp();
  return all;
}

template <typename T> T __ldg(const T* address) { return *address; }
template <typename T> T atomicAdd(T* address, T value) {
  const T old = *address;
  *address += value;
  return old;
}
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0f / a; }
inline double rsqrt(double a) { return 1.0 / std::sqrt(a); }
inline uint32_t __float_as_uint(float a) {
  uint32_t b;
  std::memcpy(&b, &a, 4);
  return b;
}
inline float __uint_as_float(uint32_t a) {
  float b;
  std::memcpy(&b, &a, 4);
  return b;
}
inline double __hiloint2double(int hi, int lo) {
  const uint64_t bits = (static_cast<uint64_t>(static_cast<uint32_t>(hi)) << 32) | static_cast<uint32_t>(lo);
  double d;
  std::memcpy(&d, &bits, 8);
  return d;
}
inline int __double2loint(double d) {
  uint64_t bits;
  std::memcpy(&bits, &d, 8);
  return static_cast<int>(bits);
}
inline int __double2hiint(double d) {
  uint64_t bits;
  std::memcpy(&bits, &d, 8);
  return static_cast<int>(bits >> 32);
}
template <typename A, typename B> std::common_type_t<A, B> min(A a, B b) {
  using C = std::common_type_t<A, B>;
  return static_cast<C>(a) < static_cast<C>(b) ? static_cast<C>(a) : static_cast<C>(b);
}
template <typename A, typename B> std::common_type_t<A, B> max(A a, B b) {
  using C = std::common_type_t<A, B>;
  return static_cast<C>(a) > static_cast<C>(b) ? static_cast<C>(a) : static_cast<C>(b);
}
