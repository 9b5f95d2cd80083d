// Workspace and reserve of the Ex calls. Only add + ReLU has a reserve: a bit for each value that
// the ReLU let pass; here behind a header, by which the reserve of another call is recognised.
#pragma once

#include <cstdint>

#include "library.h"

namespace standin {

/** Device memory that a call is given. */
struct Space {
  const void* memory = nullptr;
  std::size_t bytes = 0;
};
struct Spaces {
  Space workspace, reserve;
};

std::size_t workspaceBytes(cudnnBatchNormMode_t mode, const Descriptor& x);
std::size_t reserveBytes(cudnnBatchNormOps_t ops, const Descriptor& x);

/** Both are large enough and alive. Throws Refusal. */
void checkSpaces(const Spaces& spaces, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
                 const Descriptor& x, const HandleState& owner, const char* call);

/** What a kernel leaves of its workspace. */
void scramble(const Space& workspace);

class Reserve {
 public:
  explicit Reserve(const Space& space);

  void start(std::int64_t values) const;
  /** False, and a misuse, where no forward of so many values has written it. */
  bool valid(std::int64_t values) const;
  void set(std::int64_t index, bool passes) const;
  bool get(std::int64_t index) const;

 private:
  unsigned char* memory;
};

}  // namespace standin
