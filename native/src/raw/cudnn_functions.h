// Every function of cuDNN that is called, by the name libcudnn.so.9 exports.
// X(name, result, parameters).
#pragma once

#include "cudnn_types.h"

// clang-format off
#define BATCHNORM_CUDNN_FUNCTIONS(X)                                                                   \
  /* Page "cudnn_graph Library" (cudnn-graph-library.html) */                                          \
  X(cudnnGetVersion, std::size_t, ())                                                                  \
  X(cudnnGetCudartVersion, std::size_t, ())                                                            \
  X(cudnnGetErrorString, const char*, (cudnnStatus_t status))                                          \
  X(cudnnGetLastErrorString, void, (char* message, std::size_t size))                                  \
  X(cudnnQueryRuntimeError, cudnnStatus_t,                                                             \
    (cudnnHandle_t handle, cudnnStatus_t* status, cudnnErrQueryMode_t mode, cudnnRuntimeTag_t* tag))   \
  X(cudnnCreate, cudnnStatus_t, (cudnnHandle_t * handle))                                              \
  X(cudnnDestroy, cudnnStatus_t, (cudnnHandle_t handle))                                               \
  X(cudnnSetStream, cudnnStatus_t, (cudnnHandle_t handle, cudaStream_t stream))                        \
  /* Page "cudnn_ops Library" (cudnn-ops-library.html), for all that follow */                         \
  X(cudnnCreateTensorDescriptor, cudnnStatus_t, (cudnnTensorDescriptor_t * descriptor))                \
  X(cudnnSetTensorNdDescriptor, cudnnStatus_t,                                                         \
    (cudnnTensorDescriptor_t descriptor, cudnnDataType_t dataType, int rank, const int* dims,          \
     const int* strides))                                                                              \
  X(cudnnDestroyTensorDescriptor, cudnnStatus_t, (cudnnTensorDescriptor_t descriptor))                 \
  X(cudnnCreateActivationDescriptor, cudnnStatus_t, (cudnnActivationDescriptor_t * descriptor))        \
  X(cudnnSetActivationDescriptor, cudnnStatus_t,                                                       \
    (cudnnActivationDescriptor_t descriptor, cudnnActivationMode_t mode,                               \
     cudnnNanPropagation_t nanPropagation, double coefficient))                                        \
  X(cudnnDestroyActivationDescriptor, cudnnStatus_t, (cudnnActivationDescriptor_t descriptor))         \
  X(cudnnBatchNormalizationForwardTraining, cudnnStatus_t,                                             \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alpha, const void* beta,             \
     cudnnTensorDescriptor_t xDescriptor, const void* x, cudnnTensorDescriptor_t yDescriptor, void* y, \
     cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias,                 \
     double averagingFactor, void* runningMean, void* runningVariance, double epsilon,                 \
     void* savedMean, void* savedInvVariance))                                                         \
  X(cudnnBatchNormalizationForwardInference, cudnnStatus_t,                                            \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alpha, const void* beta,             \
     cudnnTensorDescriptor_t xDescriptor, const void* x, cudnnTensorDescriptor_t yDescriptor, void* y, \
     cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias,                 \
     const void* runningMean, const void* runningVariance, double epsilon))                            \
  X(cudnnBatchNormalizationBackward, cudnnStatus_t,                                                    \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alphaData, const void* betaData,     \
     const void* alphaParam, const void* betaParam, cudnnTensorDescriptor_t xDescriptor,               \
     const void* x, cudnnTensorDescriptor_t dyDescriptor, const void* dy,                              \
     cudnnTensorDescriptor_t dxDescriptor, void* dx, cudnnTensorDescriptor_t parameterDescriptor,      \
     const void* scale, void* dScale, void* dBias, double epsilon, const void* savedMean,              \
     const void* savedInvVariance))                                                                    \
  X(cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize, cudnnStatus_t,                           \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,                         \
     cudnnTensorDescriptor_t xDescriptor, cudnnTensorDescriptor_t zDescriptor,                         \
     cudnnTensorDescriptor_t yDescriptor, cudnnTensorDescriptor_t parameterDescriptor,                 \
     cudnnActivationDescriptor_t activation, std::size_t* bytes))                                      \
  X(cudnnGetBatchNormalizationBackwardExWorkspaceSize, cudnnStatus_t,                                  \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,                         \
     cudnnTensorDescriptor_t xDescriptor, cudnnTensorDescriptor_t yDescriptor,                         \
     cudnnTensorDescriptor_t dyDescriptor, cudnnTensorDescriptor_t dzDescriptor,                       \
     cudnnTensorDescriptor_t dxDescriptor, cudnnTensorDescriptor_t parameterDescriptor,                \
     cudnnActivationDescriptor_t activation, std::size_t* bytes))                                      \
  X(cudnnGetBatchNormalizationTrainingExReserveSpaceSize, cudnnStatus_t,                               \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,                         \
     cudnnActivationDescriptor_t activation, cudnnTensorDescriptor_t xDescriptor, std::size_t* bytes)) \
  X(cudnnBatchNormalizationForwardTrainingEx, cudnnStatus_t,                                           \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const void* alpha,      \
     const void* beta, cudnnTensorDescriptor_t xDescriptor, const void* x,                             \
     cudnnTensorDescriptor_t zDescriptor, const void* z, cudnnTensorDescriptor_t yDescriptor, void* y, \
     cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias,                 \
     double averagingFactor, void* runningMean, void* runningVariance, double epsilon,                 \
     void* savedMean, void* savedInvVariance, cudnnActivationDescriptor_t activation, void* workspace, \
     std::size_t workspaceBytes, void* reserve, std::size_t reserveBytes))                             \
  X(cudnnBatchNormalizationBackwardEx, cudnnStatus_t,                                                  \
    (cudnnHandle_t handle, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops, const void* alphaData,  \
     const void* betaData, const void* alphaParam, const void* betaParam,                              \
     cudnnTensorDescriptor_t xDescriptor, const void* x, cudnnTensorDescriptor_t yDescriptor,          \
     const void* y, cudnnTensorDescriptor_t dyDescriptor, const void* dy,                              \
     cudnnTensorDescriptor_t dzDescriptor, void* dz, cudnnTensorDescriptor_t dxDescriptor, void* dx,   \
     cudnnTensorDescriptor_t parameterDescriptor, const void* scale, const void* bias, void* dScale,   \
     void* dBias, double epsilon, const void* savedMean, const void* savedInvVariance,                 \
     cudnnActivationDescriptor_t activation, void* workspace, std::size_t workspaceBytes,              \
     void* reserve, std::size_t reserveBytes))                                                         \
  X(cudnnScaleTensor, cudnnStatus_t,                                                                   \
    (cudnnHandle_t handle, cudnnTensorDescriptor_t yDescriptor, void* y, const void* alpha))           \
  X(cudnnAddTensor, cudnnStatus_t,                                                                     \
    (cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t aDescriptor, const void* a,      \
     const void* beta, cudnnTensorDescriptor_t cDescriptor, void* c))                                  \
  X(cudnnTransformTensor, cudnnStatus_t,                                                               \
    (cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t xDescriptor, const void* x,      \
     const void* beta, cudnnTensorDescriptor_t yDescriptor, void* y))                                  \
  X(cudnnActivationForward, cudnnStatus_t,                                                             \
    (cudnnHandle_t handle, cudnnActivationDescriptor_t activation, const void* alpha,                  \
     cudnnTensorDescriptor_t xDescriptor, const void* x, const void* beta,                             \
     cudnnTensorDescriptor_t yDescriptor, void* y))                                                    \
  X(cudnnActivationBackward, cudnnStatus_t,                                                            \
    (cudnnHandle_t handle, cudnnActivationDescriptor_t activation, const void* alpha,                  \
     cudnnTensorDescriptor_t yDescriptor, const void* y, cudnnTensorDescriptor_t dyDescriptor,         \
     const void* dy, cudnnTensorDescriptor_t xDescriptor, const void* x, const void* beta,             \
     cudnnTensorDescriptor_t dxDescriptor, void* dx))
// clang-format on
