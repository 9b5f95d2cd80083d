// Granules of tensors that are passed over once. No read-only path: y may be x, dx may be dy.
#pragma once

#include <cstdint>

namespace bn {

// The benchmark compiles the kernels with each hint; the defaults are what was fastest.
#ifndef BN_LOAD_HINT
#define BN_LOAD_HINT ""
#endif
#ifndef BN_STORE_HINT
#define BN_STORE_HINT ""
#endif

/**
 * An element of a tensor whose address came as a number. The compiler does not know that it is global
 * memory; telling it by __cvta_global_to_generic sends nvcc 13.0's cicc into an endless loop (float sums
 * in a loop over such an address, from a large parameter struct). So granules are moved by assembly.
 */
template <typename T> __device__ __forceinline__ T* at(uint64_t address, uint64_t element) {
  return reinterpret_cast<T*>(address) + element;
}

#ifdef __CUDACC__
__device__ __forceinline__ uint4 loadGranule(const void* from) {
  uint4 bits;
  asm volatile("ld.global" BN_LOAD_HINT ".v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(bits.x), "=r"(bits.y), "=r"(bits.z), "=r"(bits.w)
               : "l"(from));
  return bits;
}

__device__ __forceinline__ void storeGranule(void* to, const uint4& bits) {
  asm volatile("st.global" BN_STORE_HINT ".v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(bits.x), "r"(bits.y),
               "r"(bits.z), "r"(bits.w)
               : "memory");
}
#else
// Compiled for the processor, to be checked there: bench/k3/emulation.
inline uint4 loadGranule(const void* from) { return *static_cast<const uint4*>(from); }
inline void storeGranule(void* to, const uint4& bits) { *static_cast<uint4*>(to) = bits; }
#endif

} // namespace bn
