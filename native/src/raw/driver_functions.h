// Every function of the CUDA driver that is called, by the name libcuda.so.1 exports (where a call
// has been revised the header's plain name means a suffixed one; here the suffix is written out).
// X(name, parameters): each returns CUresult.
#pragma once

#include "driver_types.h"

// clang-format off
#define BATCHNORM_DRIVER_FUNCTIONS(X)                                                                  \
  /* Page "Error Handling" (group__CUDA__ERROR.html) */                                                \
  X(cuGetErrorName, (CUresult error, const char** name))                                               \
  X(cuGetErrorString, (CUresult error, const char** text))                                             \
  /* Pages "Initialization", "Version Management" (group__CUDA__INITIALIZE.html, …VERSION.html) */     \
  X(cuInit, (unsigned flags))                                                                          \
  X(cuDriverGetVersion, (int* version))                                                                \
  /* Page "Device Management" (group__CUDA__DEVICE.html) */                                            \
  X(cuDeviceGetCount, (int* count))                                                                    \
  X(cuDeviceGet, (CUdevice * device, int ordinal))                                                     \
  X(cuDeviceGetName, (char* name, int length, CUdevice device))                                        \
  X(cuDeviceGetUuid_v2, (CUuuid * uuid, CUdevice device))                                              \
  X(cuDeviceGetAttribute, (int* value, CUdevice_attribute attribute, CUdevice device))                 \
  X(cuDeviceTotalMem_v2, (std::size_t * bytes, CUdevice device))                                       \
  /* Pages "Primary Context Management", "Context Management" (…PRIMARY__CTX.html, …CTX.html) */       \
  X(cuDevicePrimaryCtxRetain, (CUcontext * context, CUdevice device))                                  \
  X(cuDevicePrimaryCtxRelease_v2, (CUdevice device))                                                   \
  X(cuCtxGetCurrent, (CUcontext * context))                                                            \
  X(cuCtxSetCurrent, (CUcontext context))                                                              \
  /* Page "Stream Management" (group__CUDA__STREAM.html) */                                            \
  X(cuStreamCreate, (CUstream * stream, unsigned flags))                                               \
  X(cuStreamDestroy_v2, (CUstream stream))                                                             \
  X(cuStreamSynchronize, (CUstream stream))                                                            \
  /* Page "Stream memory operations" (group__CUDA__MEMOP.html) */                                      \
  X(cuStreamWaitValue32_v2, (CUstream stream, CUdeviceptr address, std::uint32_t value, unsigned flags)) \
  X(cuStreamWriteValue32_v2, (CUstream stream, CUdeviceptr address, std::uint32_t value, unsigned flags)) \
  /* Page "Event Management" (group__CUDA__EVENT.html) */                                              \
  X(cuEventCreate, (CUevent * event, unsigned flags))                                                  \
  X(cuEventDestroy_v2, (CUevent event))                                                                \
  X(cuEventRecord, (CUevent event, CUstream stream))                                                   \
  X(cuEventSynchronize, (CUevent event))                                                               \
  X(cuEventElapsedTime, (float* milliseconds, CUevent start, CUevent end))                             \
  /* Page "Memory Management" (group__CUDA__MEM.html) */                                               \
  X(cuMemGetInfo_v2, (std::size_t * free, std::size_t* total))                                         \
  X(cuMemAlloc_v2, (CUdeviceptr * address, std::size_t bytes))                                         \
  X(cuMemFree_v2, (CUdeviceptr address))                                                               \
  X(cuMemAllocHost_v2, (void** address, std::size_t bytes))                                            \
  X(cuMemFreeHost, (void* address))                                                                    \
  X(cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream))      \
  X(cuMemcpyDtoHAsync_v2, (void* to, CUdeviceptr from, std::size_t bytes, CUstream stream))            \
  X(cuMemcpyDtoDAsync_v2, (CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream))      \
  X(cuMemsetD8Async, (CUdeviceptr to, unsigned char value, std::size_t bytes, CUstream stream))        \
  /* Page "Stream Ordered Memory Allocator" (group__CUDA__MALLOC__ASYNC.html) */                       \
  X(cuMemPoolCreate, (CUmemoryPool * pool, const CUmemPoolProps* properties))                          \
  X(cuMemPoolDestroy, (CUmemoryPool pool))                                                             \
  X(cuMemPoolSetAttribute, (CUmemoryPool pool, CUmemPool_attribute attribute, void* value))            \
  X(cuMemPoolTrimTo, (CUmemoryPool pool, std::size_t bytesToKeep))                                     \
  X(cuMemAllocFromPoolAsync, (CUdeviceptr * address, std::size_t bytes, CUmemoryPool pool, CUstream stream)) \
  X(cuMemFreeAsync, (CUdeviceptr address, CUstream stream))                                            \
  /* Page "Execution Control" (group__CUDA__EXEC.html) */                                              \
  X(cuFuncSetAttribute, (CUfunction function, CUfunction_attribute attribute, int value))              \
  X(cuLaunchKernelEx, (const CUlaunchConfig* config, CUfunction function, void** parameters, void** extra)) \
  /* Page "Occupancy" (group__CUDA__OCCUPANCY.html) */                                                 \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor, (int* blocks, CUfunction function, int threads, std::size_t sharedBytes)) \
  X(cuOccupancyMaxActiveClusters, (int* clusters, CUfunction function, const CUlaunchConfig* config))  \
  /* Page "Module Management" (group__CUDA__MODULE.html) */                                            \
  X(cuModuleLoadDataEx, (CUmodule * module, const void* image, unsigned count, CUjit_option* options, void** values)) \
  X(cuModuleUnload, (CUmodule module))                                                                 \
  X(cuModuleGetFunction, (CUfunction * function, CUmodule module, const char* name))
// clang-format on
