// Types and constants of cuDNN, as far as they are used here, declared from NVIDIA's documentation
// ("cuDNN Backend API", docs.nvidia.com/deeplearning/cudnn/backend/latest/api). Names are NVIDIA's,
// inside a namespace of ours, so that cudnn.h may stand beside them: proof_cudnn.cpp then compares
// the two.
#pragma once

#include <cstddef>

#include "driver_types.h"

namespace batchnorm::raw {

// Page "cudnn_graph Library" (cudnn-graph-library.html).
using cudnnHandle_t = struct CudnnHandle*;
using cudaStream_t = CUstream;
/** Documented as unused: null is passed. */
struct cudnnRuntimeTag_t;

enum cudnnStatus_t : int {
  CUDNN_STATUS_SUCCESS = 0,
  CUDNN_STATUS_BAD_PARAM = 2000,
  CUDNN_STATUS_NOT_SUPPORTED = 3000,
  CUDNN_STATUS_INTERNAL_ERROR = 4000,
  CUDNN_STATUS_EXECUTION_FAILED = 5000,
};

enum cudnnErrQueryMode_t : int {
  CUDNN_ERRQUERY_RAWCODE = 0,
  CUDNN_ERRQUERY_NONBLOCKING = 1,
  CUDNN_ERRQUERY_BLOCKING = 2,
};

enum cudnnDataType_t : int {
  CUDNN_DATA_FLOAT = 0,
  CUDNN_DATA_DOUBLE = 1,
  CUDNN_DATA_HALF = 2,
  CUDNN_DATA_BFLOAT16 = 9,
};

enum cudnnNanPropagation_t : int { CUDNN_NOT_PROPAGATE_NAN = 0, CUDNN_PROPAGATE_NAN = 1 };

/** CUDNN_DIM_MAX: most dims of a tensor descriptor. */
inline constexpr int CUDNN_MAX_RANK = 8;

// Page "cudnn_ops Library" (cudnn-ops-library.html).
using cudnnTensorDescriptor_t = struct CudnnTensor*;
using cudnnActivationDescriptor_t = struct CudnnActivation*;

enum cudnnActivationMode_t : int { CUDNN_ACTIVATION_RELU = 1 };

enum cudnnBatchNormMode_t : int {
  CUDNN_BATCHNORM_PER_ACTIVATION = 0,
  CUDNN_BATCHNORM_SPATIAL = 1,
  CUDNN_BATCHNORM_SPATIAL_PERSISTENT = 2,
};

enum cudnnBatchNormOps_t : int {
  CUDNN_BATCHNORM_OPS_BN = 0,
  CUDNN_BATCHNORM_OPS_BN_ACTIVATION = 1,
  CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION = 2,
};

}  // namespace batchnorm::raw
