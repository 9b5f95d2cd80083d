// Exchange between blocks of a whole grid that is known to be co-resident (cooperative launch): 16 bytes
// written and read as one, of which the last four are a tag. Who sees the tag sees the rest: no fence, no
// atomics. Tags come from an epoch that lives on the device and grows with every launch, so a replayed
// graph needs nothing from the host.
#pragma once

#include <cstdint>

namespace bn {

__device__ __forceinline__ void storeTogether(void* address, const float4& value) {
  asm volatile("{\n"
               ".reg .b128 all;\n"
               ".reg .b64 low, high;\n"
               "mov.b64 low, {%1, %2};\n"
               "mov.b64 high, {%3, %4};\n"
               "mov.b128 all, {low, high};\n"
               "st.relaxed.gpu.global.b128 [%0], all;\n"
               "}" ::"l"(address),
               "f"(value.x), "f"(value.y), "f"(value.z), "f"(value.w)
               : "memory");
}

__device__ __forceinline__ float4 loadTogether(const void* address) {
  float4 value;
  asm volatile("{\n"
               ".reg .b128 all;\n"
               ".reg .b64 low, high;\n"
               "ld.relaxed.gpu.global.b128 all, [%4];\n"
               "mov.b128 {low, high}, all;\n"
               "mov.b64 {%0, %1}, low;\n"
               "mov.b64 {%2, %3}, high;\n"
               "}"
               : "=f"(value.x), "=f"(value.y), "=f"(value.z), "=f"(value.w)
               : "l"(address)
               : "memory");
  return value;
}

// Head of a workspace used for flags. The host zeroes it once, when the plan is made.
struct FlagHead {
  uint32_t epoch;
  uint32_t finished;
  uint32_t reserved[2];
};

// Called once by one thread of every block, after the block's last exchange: the last one moves the epoch.
__device__ __forceinline__ void finishEpoch(FlagHead* head, uint32_t blocks, uint32_t step) {
  __threadfence();
  if (atomicAdd(&head->finished, 1u) == blocks - 1) {
    head->finished = 0;
    head->epoch += step;
    __threadfence();
  }
}

} // namespace bn
