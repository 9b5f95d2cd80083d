// mbarrier: an arrival counter in shared memory that also counts bytes delivered by the copy engine.
// One phase completes when all expected arrivals and all expected bytes have come; waiting is by the
// parity of the phase. A wait on a parity that already passed twice hangs, so nobody may run ahead of a
// barrier by more than one phase.
#pragma once

#include <cstdint>

namespace bn {

// Builds for tests end a wait that will never end (BN_WATCHDOG): a trap is an error the host sees.
struct Watchdog {
#ifdef BN_WATCHDOG
  uint64_t start = 0;
  __device__ __forceinline__ void look() {
    uint64_t now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    start = start == 0 ? now : start;
    if (now - start > 2000000000ull) {
      __trap();
    }
  }
#else
  __device__ __forceinline__ void look() {}
#endif
};

__device__ __forceinline__ void barrierInit(uint32_t barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// Makes fresh barriers visible to the copy engine and to the other blocks of the cluster.
__device__ __forceinline__ void barrierInitFence() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ __forceinline__ void barrierArrive(uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

// One thread arrives for several.
__device__ __forceinline__ void barrierArrive(uint32_t barrier, uint32_t count) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}

__device__ __forceinline__ void barrierArriveExpecting(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

// Announces bytes without arriving: the phase stays open until somebody arrives as well.
__device__ __forceinline__ void barrierExpect(uint32_t barrier, uint32_t bytes) {
  asm volatile("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}

__device__ __forceinline__ bool barrierTry(uint32_t barrier, uint32_t parity) {
  uint32_t done;
  asm volatile("{\n"
               ".reg .pred p;\n"
               "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
               "selp.u32 %0, 1, 0, p;\n"
               "}"
               : "=r"(done)
               : "r"(barrier), "r"(parity)
               : "memory");
  return done != 0;
}

// As barrierTry, but never waits even a moment.
__device__ __forceinline__ bool barrierTest(uint32_t barrier, uint32_t parity) {
  uint32_t done;
  asm volatile("{\n"
               ".reg .pred p;\n"
               "mbarrier.test_wait.parity.shared::cta.b64 p, [%1], %2;\n"
               "selp.u32 %0, 1, 0, p;\n"
               "}"
               : "=r"(done)
               : "r"(barrier), "r"(parity)
               : "memory");
  return done != 0;
}

__device__ __forceinline__ void barrierWait(uint32_t barrier, uint32_t parity) {
  Watchdog watchdog;
  while (!barrierTry(barrier, parity)) {
    watchdog.look();
  }
}

// As barrierWait, for what other blocks of the cluster sent (their writes become visible too).
__device__ __forceinline__ void barrierWaitCluster(uint32_t barrier, uint32_t parity) {
  uint32_t done = 0;
  Watchdog watchdog;
  while (done == 0) {
    watchdog.look();
    asm volatile("{\n"
                 ".reg .pred p;\n"
                 "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n"
                 "selp.u32 %0, 1, 0, p;\n"
                 "}"
                 : "=r"(done)
                 : "r"(barrier), "r"(parity)
                 : "memory");
  }
}

// A barrier among some warps of a block: id 1 to 15, threads a multiple of 32.
__device__ __forceinline__ void syncThreads(uint32_t id, uint32_t threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

} // namespace bn
