#include "values.h"

#include "numbers.h"

namespace standin {
namespace {

std::size_t extent(const Descriptor& descriptor) {
  std::int64_t last = 0;
  for (int i = 0; i < descriptor.rank; i++) {
    last += std::int64_t{descriptor.dims[i] - 1} * descriptor.strides[i];
  }
  return static_cast<std::size_t>((last + 1) * sizeOf(descriptor.dataType));
}

bool isParameterAxis(int axis, cudnnBatchNormMode_t mode) {
  return axis == 1 || (axis > 1 && mode == CUDNN_BATCHNORM_PER_ACTIVATION);
}

/** Offsets of all positions along the chosen axes, in logical order. */
std::vector<std::int64_t> offsetsAlong(const Descriptor& descriptor, cudnnBatchNormMode_t mode,
                                       bool parameterAxes) {
  std::vector<std::int64_t> offsets{0};
  for (int axis = 0; axis < descriptor.rank; axis++) {
    if (isParameterAxis(axis, mode) != parameterAxes) continue;
    std::vector<std::int64_t> finer;
    finer.reserve(offsets.size() * static_cast<std::size_t>(descriptor.dims[axis]));
    for (const auto offset : offsets) {
      for (std::int64_t i = 0; i < descriptor.dims[axis]; i++) {
        finer.push_back(offset + i * descriptor.strides[axis]);
      }
    }
    offsets = std::move(finer);
  }
  return offsets;
}

}  // namespace

Operand optionalOperand(const Descriptor& descriptor, const void* data, const HandleState& owner,
                        const char* call) {
  const auto address = reinterpret_cast<CUdeviceptr>(data);
  if (data != nullptr) {
    require(checkRange(address, extent(descriptor), *owner.context, call),
            "memory is too small or not alive", CUDNN_STATUS_EXECUTION_FAILED);
  }
  return {descriptor, address};
}

Operand operand(const Descriptor& descriptor, const void* data, const HandleState& owner,
                const char* call) {
  requirePointers({data});
  return optionalOperand(descriptor, data, owner, call);
}

Values::Values(const Operand& operand, cudnnBatchNormMode_t mode)
    : type(operand.descriptor.dataType),
      base(operand.address == 0
               ? nullptr
               : hostAddress(operand.address, extent(operand.descriptor), "a kernel")) {
  if (base == nullptr) return;
  parameterOffsets = offsetsAlong(operand.descriptor, mode, true);
  offsets = offsetsAlong(operand.descriptor, mode, false);
  parameters = static_cast<std::int64_t>(parameterOffsets.size());
  count = static_cast<std::int64_t>(offsets.size());
}

double Values::get(std::int64_t parameter, std::int64_t index) const {
  return load(type, base, parameterOffsets[parameter] + offsets[index]);
}

void Values::set(std::int64_t parameter, std::int64_t index, double value) const {
  store(type, base, parameterOffsets[parameter] + offsets[index], value);
}

void Values::blend(std::int64_t parameter, std::int64_t index, double alpha, double value,
                   double beta) const {
  set(parameter, index, alpha * value + (beta == 0 ? 0 : beta * get(parameter, index)));
}

}  // namespace standin
