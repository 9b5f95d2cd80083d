// Launches of kernels that make up one operation: prepared once, so that running them takes no
// memory and no decision.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../owning/call_record.h"
#include "../owning/stream.h"
#include "modules.h"

namespace batchnorm::kernels {

/** What a slot of the call record becomes in a kernel's parameters. */
enum class PatchKind : int {
  /** Added to what the template has there; 0 where the slot is 0. */
  pointer,
  f32,
  f64,
  u32,
  count
};

struct Patch {
  std::size_t offset;
  std::size_t slot;
  PatchKind kind;
};

std::size_t sizeOf(PatchKind kind) noexcept;

struct LaunchSpec {
  std::string kernel;
  std::array<unsigned, 3> grid;
  /** Threads. */
  unsigned block;
  /** Blocks of a cluster along x; 1 for none. */
  unsigned cluster;
  unsigned sharedBytes;
  bool cooperative;
  /** The kernel's parameter, one struct by value; patched in each run. */
  std::vector<std::byte> params;
  std::vector<Patch> patches;
};

class Sequence {
 public:
  /**
   * Finds the kernels, and proves that blocks which wait for one another fit on the device
   * together. `driver`, `stream` and `modules` must outlive this. Throws NativeError.
   */
  Sequence(const checked::Driver& driver, const owning::Stream& stream, Modules& modules,
           int multiprocessors, std::vector<LaunchSpec> specs);

  /** Enqueues all launches. Throws NativeError. */
  void run(const owning::CallRecord& call);

 private:
  struct Launch {
    LaunchSpec spec;
    Function* function;
    std::vector<std::byte> patched;
  };

  void allow(Launch& launch) const;
  void proveTogether(const Launch& launch, int multiprocessors) const;
  [[noreturn]] void fail(raw::CUresult status, const char* call, const Launch& launch,
                         const std::string& more = "") const;
  void check(raw::CUresult status, const char* call, const Launch& launch) const {
    if (status != raw::CUDA_SUCCESS) fail(status, call, launch);
  }

  const checked::Driver* driver_;
  raw::CUstream stream_;
  std::vector<Launch> launches_;
};

}  // namespace batchnorm::kernels
