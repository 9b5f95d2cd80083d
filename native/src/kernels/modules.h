// Kernels of ours on a device: each image is loaded when the first of its kernels is wanted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "../checked/driver.h"
#include "images.h"

namespace batchnorm::kernels {

struct Function {
  raw::CUfunction handle;
  /** Dynamic shared memory that launches have been allowed. */
  unsigned sharedBytes = 0;
};

class Modules {
 public:
  /** `driver` must outlive this. Its context is current wherever this is used. */
  explicit Modules(const checked::Driver& driver);
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;
  ~Modules();

  /** Stays where it is. Throws NativeError: CUDA_ERROR_NOT_FOUND for a kernel that was not built.
   */
  Function& function(const std::string& name);

 private:
  raw::CUmodule module(int image);

  const checked::Driver* driver_;
  std::vector<raw::CUmodule> modules_;
  std::map<std::string, Function> functions_;
};

}  // namespace batchnorm::kernels
