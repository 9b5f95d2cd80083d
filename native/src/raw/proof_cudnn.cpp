// Proves our declarations of cuDNN against NVIDIA's cudnn.h, where a build finds it. No code
// results.
#if __has_include(<cudnn.h>) && __has_include(<cuda_runtime_api.h>)
#include <cudnn.h>

#include "cudnn_functions.h"
#include "proof.h"

// cuDNN marks these calls deprecated; to compare them is no use of them.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// Handles are pointers to structs nobody sees into.
BATCHNORM_SAME_TYPE(cudnnHandle_t, cudnnHandle_t)
BATCHNORM_SAME_TYPE(cudaStream_t, cudaStream_t)
BATCHNORM_SAME_TYPE(cudnnTensorDescriptor_t, cudnnTensorDescriptor_t)
BATCHNORM_SAME_TYPE(cudnnActivationDescriptor_t, cudnnActivationDescriptor_t)
BATCHNORM_SAME_TYPE(cudnnStatus_t, cudnnStatus_t)
BATCHNORM_SAME_TYPE(cudnnErrQueryMode_t, cudnnErrQueryMode_t)
BATCHNORM_SAME_TYPE(cudnnDataType_t, cudnnDataType_t)
BATCHNORM_SAME_TYPE(cudnnNanPropagation_t, cudnnNanPropagation_t)
BATCHNORM_SAME_TYPE(cudnnActivationMode_t, cudnnActivationMode_t)
BATCHNORM_SAME_TYPE(cudnnBatchNormMode_t, cudnnBatchNormMode_t)
BATCHNORM_SAME_TYPE(cudnnBatchNormOps_t, cudnnBatchNormOps_t)
// Only ever a null pointer, so no size to compare.
template <>
struct batchnorm::raw::proof::Translate<batchnorm::raw::cudnnRuntimeTag_t>
    : Leaf<::cudnnRuntimeTag_t> {};

BATCHNORM_SAME_VALUE(CUDNN_STATUS_SUCCESS)
BATCHNORM_SAME_VALUE(CUDNN_STATUS_BAD_PARAM)
BATCHNORM_SAME_VALUE(CUDNN_STATUS_NOT_SUPPORTED)
BATCHNORM_SAME_VALUE(CUDNN_STATUS_INTERNAL_ERROR)
BATCHNORM_SAME_VALUE(CUDNN_STATUS_EXECUTION_FAILED)
BATCHNORM_SAME_VALUE(CUDNN_ERRQUERY_RAWCODE)
BATCHNORM_SAME_VALUE(CUDNN_ERRQUERY_NONBLOCKING)
BATCHNORM_SAME_VALUE(CUDNN_ERRQUERY_BLOCKING)
BATCHNORM_SAME_VALUE(CUDNN_DATA_FLOAT)
BATCHNORM_SAME_VALUE(CUDNN_DATA_DOUBLE)
BATCHNORM_SAME_VALUE(CUDNN_DATA_HALF)
BATCHNORM_SAME_VALUE(CUDNN_DATA_BFLOAT16)
BATCHNORM_SAME_VALUE(CUDNN_NOT_PROPAGATE_NAN)
BATCHNORM_SAME_VALUE(CUDNN_PROPAGATE_NAN)
BATCHNORM_SAME_VALUE(CUDNN_ACTIVATION_RELU)
BATCHNORM_SAME_VALUE(CUDNN_BATCHNORM_PER_ACTIVATION)
BATCHNORM_SAME_VALUE(CUDNN_BATCHNORM_SPATIAL)
BATCHNORM_SAME_VALUE(CUDNN_BATCHNORM_SPATIAL_PERSISTENT)
BATCHNORM_SAME_VALUE(CUDNN_BATCHNORM_OPS_BN)
BATCHNORM_SAME_VALUE(CUDNN_BATCHNORM_OPS_BN_ACTIVATION)
BATCHNORM_SAME_VALUE(CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION)
static_assert(batchnorm::raw::CUDNN_MAX_RANK == CUDNN_DIM_MAX);

namespace batchnorm::raw::proof {
#define BATCHNORM_SAME_FUNCTION(name, result, parameters) \
  using name##_ours = result parameters;                  \
  static_assert(std::is_same_v<Theirs<name##_ours>, decltype(::name)>, #name);
BATCHNORM_CUDNN_FUNCTIONS(BATCHNORM_SAME_FUNCTION)
}  // namespace batchnorm::raw::proof
#endif
