#include "checks.h"

namespace standin {
namespace {

bool sameDims(const Descriptor& a, const Descriptor& b) {
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; i++) {
    if (a.dims[i] != b.dims[i]) return false;
  }
  return true;
}

cudnnDataType_t parameterType(cudnnDataType_t type) {
  return type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
}

void checkParameters(cudnnBatchNormMode_t mode, const Descriptor& x, const Descriptor& parameters) {
  require(parameters.rank == x.rank, "the parameters have another rank");
  require(parameters.dataType == parameterType(x.dataType),
          "the parameters have a wrong data type");
  require(parameters.dims[0] == 1 && parameters.dims[1] == x.dims[1],
          "the parameters are not 1, C, …");
  for (int i = 2; i < x.rank; i++) {
    const int expected = mode == CUDNN_BATCHNORM_PER_ACTIVATION ? x.dims[i] : 1;
    require(parameters.dims[i] == expected, "the parameters have wrong spatial dimensions");
  }
}

}  // namespace

bool isChannelsLast(const Descriptor& descriptor) {
  if (descriptor.strides[1] != 1) return false;
  std::int64_t packed = descriptor.dims[1];
  for (int i = descriptor.rank - 1; i >= 2; i--) {
    if (descriptor.dims[i] > 1 && descriptor.strides[i] != packed) return false;
    packed *= descriptor.dims[i];
  }
  return descriptor.dims[0] == 1 || descriptor.strides[0] == packed;
}

void checkShapes(cudnnBatchNormMode_t mode, const Descriptor& x, const Descriptor& parameters,
                 std::initializer_list<Descriptor> others) {
  require(mode >= CUDNN_BATCHNORM_PER_ACTIVATION && mode <= CUDNN_BATCHNORM_SPATIAL_PERSISTENT,
          "the mode is unknown");
  require(x.rank == 4 || x.rank == 5, "only 4-D and 5-D tensors are supported");
  for (const Descriptor& other : others) {
    require(sameDims(x, other) && x.dataType == other.dataType,
            "the tensors differ in shape or type");
  }
  checkParameters(mode, x, parameters);
}

void checkBatch(int refused, const Descriptor& x) {
  require(x.dims[0] < refused, "the batch is too large", CUDNN_STATUS_NOT_SUPPORTED);
}

void checkFused(cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const Descriptor& x) {
  if (ops == CUDNN_BATCHNORM_OPS_BN) return;
  require(ops == CUDNN_BATCHNORM_OPS_BN_ACTIVATION || ops == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION,
          "the operation is unknown");
  const bool supported = mode == CUDNN_BATCHNORM_SPATIAL_PERSISTENT && isChannelsLast(x) &&
                         x.dataType != CUDNN_DATA_DOUBLE;
  require(supported, "fused operations need spatial persistent mode, NHWC and not float64",
          CUDNN_STATUS_NOT_SUPPORTED);
  require(ops != CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION || x.dims[1] % 4 == 0,
          "add and activation needs a multiple of 4 channels", CUDNN_STATUS_NOT_SUPPORTED);
}

double checkedEpsilon(double epsilon, const Descriptor& x) {
  require(epsilon >= 0, "epsilon is negative");
  return x.dataType == CUDNN_DATA_DOUBLE ? epsilon : static_cast<float>(epsilon);
}

void checkPair(const void* first, const void* second) {
  require((first == nullptr) == (second == nullptr), "one of a pair of pointers is null");
}

}  // namespace standin
