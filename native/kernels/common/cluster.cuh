// Blocks of a cluster run at the same time on neighbouring multiprocessors and can write into each
// other's shared memory: the exchange that cannot deadlock, because the hardware starts all or none.
#pragma once

#include <cstdint>

namespace bn {

__device__ __forceinline__ uint32_t clusterRank() {
  uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

__device__ __forceinline__ uint32_t clusterSize() {
  uint32_t size;
  asm volatile("mov.u32 %0, %%cluster_nctarank;" : "=r"(size));
  return size;
}

__device__ __forceinline__ void clusterArrive() { asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory"); }

__device__ __forceinline__ void clusterWait() { asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory"); }

// The address, in the cluster's shared memory, of what this block has at `shared` in block `rank`.
__device__ __forceinline__ uint32_t remoteAddress(uint32_t shared, uint32_t rank) {
  uint32_t remote;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(shared), "r"(rank));
  return remote;
}

// 16 bytes into another block's shared memory, counted by a barrier of that block (both remote addresses).
__device__ __forceinline__ void remoteStore(uint32_t remote, const float4& value, uint32_t remoteBarrier) {
  asm volatile("st.async.shared::cluster.mbarrier::complete_tx::bytes.v4.f32 [%0], {%1, %2, %3, %4}, [%5];" ::"r"(
                   remote),
               "f"(value.x), "f"(value.y), "f"(value.z), "f"(value.w), "r"(remoteBarrier)
               : "memory");
}

} // namespace bn
