// 16-byte loads and stores of global memory with what the caches should do about them.
#pragma once

#include <cstdint>

#include "elements.cuh"

namespace bn {

// Read-only data that this kernel will not look at again.
__device__ __forceinline__ uint4 loadStreaming(const void* address) {
  uint4 bits;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(bits.x), "=r"(bits.y), "=r"(bits.z), "=r"(bits.w)
               : "l"(address));
  return bits;
}

// Data that another thread, or this one, may have written in this launch (in place, beta != 0).
__device__ __forceinline__ uint4 loadPlain(const void* address) {
  uint4 bits;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(bits.x), "=r"(bits.y), "=r"(bits.z), "=r"(bits.w)
               : "l"(address)
               : "memory");
  return bits;
}

__device__ __forceinline__ void storePlain(void* address, const uint4& bits) {
  asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(address), "r"(bits.x), "r"(bits.y), "r"(bits.z),
               "r"(bits.w)
               : "memory");
}

// Written once, not read again by this kernel.
__device__ __forceinline__ void storeStreaming(void* address, const uint4& bits) {
  asm volatile("st.global.cs.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(address), "r"(bits.x), "r"(bits.y), "r"(bits.z),
               "r"(bits.w)
               : "memory");
}

__device__ __forceinline__ uint4 loadShared(uint32_t shared) {
  uint4 bits;
  asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(bits.x), "=r"(bits.y), "=r"(bits.z), "=r"(bits.w)
               : "r"(shared)
               : "memory");
  return bits;
}

__device__ __forceinline__ void storeShared(uint32_t shared, const uint4& bits) {
  asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(shared), "r"(bits.x), "r"(bits.y), "r"(bits.z),
               "r"(bits.w)
               : "memory");
}

__device__ __forceinline__ uint32_t sharedAddress(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

} // namespace bn
