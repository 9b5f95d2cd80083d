// A tensor in memory, seen as batch normalization sees it: `parameters` groups of `count` values
// that share one mean and variance.
#pragma once

#include <cstdint>
#include <vector>

#include "../driver/block.h"
#include "library.h"

namespace standin {

/** A descriptor and a device address: what a call is given. */
struct Operand {
  Descriptor descriptor;
  CUdeviceptr address;
};

/** The operand, checked to lie in live memory. Throws Refusal. */
Operand operand(const Descriptor& descriptor, const void* data, const HandleState& owner,
                const char* call);

/** As operand, for pointers that may be null. */
Operand optionalOperand(const Descriptor& descriptor, const void* data, const HandleState& owner,
                        const char* call);

/** The operand's memory, bound while a kernel runs. */
class Values {
 public:
  Values(const Operand& operand, cudnnBatchNormMode_t mode);

  /** False for a null operand. */
  explicit operator bool() const { return base != nullptr; }
  double get(std::int64_t parameter, std::int64_t index = 0) const;
  void set(std::int64_t parameter, std::int64_t index, double value) const;
  /** alpha · value + beta · old; the old value is not read when beta is 0. */
  void blend(std::int64_t parameter, std::int64_t index, double alpha, double value,
             double beta) const;

  std::int64_t parameters = 0, count = 0;

 private:
  cudnnDataType_t type;
  unsigned char* base;
  std::vector<std::int64_t> parameterOffsets, offsets;
};

}  // namespace standin
