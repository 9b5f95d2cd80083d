#include "library.h"

#include <cstdio>
#include <string>

#include "../control/handles.h"
#include "../driver/stream.h"

namespace standin {
namespace {

auto& handles = *new Handles<HandleState, cudnnHandle_t>("cuDNN handle", 5, Count::handles);

thread_local std::string lastError;

}  // namespace

cudnnStatus_t refuse(const Refusal& refusal) {
  lastError = std::string("stand-in: ") + refusal.text;
  return refusal.status;
}

void begin(Function function) {
  if (const int ordered = enter(function); ordered != 0) {
    throw Refusal{static_cast<cudnnStatus_t>(ordered), "ordered by the test"};
  }
}

std::shared_ptr<HandleState> begin(Function function, cudnnHandle_t handle) {
  begin(function);
  auto found = handles.find(handle, nameOf(function));
  require(found != nullptr, "the handle is not initialised", NOT_INITIALIZED);
  if (currentContext(nameOf(function)) != found->context) {
    misuse("%s: the handle belongs to another context than the current one", nameOf(function));
    throw Refusal{CUDNN_STATUS_EXECUTION_FAILED, "wrong context"};
  }
  require(found->context->status() == CUDA_SUCCESS, "the context has failed",
          CUDNN_STATUS_EXECUTION_FAILED);
  return found;
}

void enqueue(const HandleState& owner, const char* call, std::function<void()> kernel) {
  require(launch(owner.stream, call, std::move(kernel)) == CUDA_SUCCESS, "the launch failed",
          CUDNN_STATUS_EXECUTION_FAILED);
}

}  // namespace standin

using namespace standin;

std::size_t cudnnGetVersion() { return static_cast<std::size_t>(settings().cudnn); }

std::size_t cudnnGetCudartVersion() { return static_cast<std::size_t>(settings().cudnnCuda); }

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (static_cast<int>(status)) {
    case 0:
      return "CUDNN_STATUS_SUCCESS";
    case 1001:
      return "CUDNN_STATUS_NOT_INITIALIZED";
    case 1006:
      return "CUDNN_STATUS_RUNTIME_IN_PROGRESS";
    case 1007:
      return "CUDNN_STATUS_RUNTIME_FP_OVERFLOW";
    case 2000:
      return "CUDNN_STATUS_BAD_PARAM";
    case 2002:
      return "CUDNN_STATUS_BAD_PARAM_NULL_POINTER";
    case 3000:
      return "CUDNN_STATUS_NOT_SUPPORTED";
    case 4000:
      return "CUDNN_STATUS_INTERNAL_ERROR";
    case 5000:
      return "CUDNN_STATUS_EXECUTION_FAILED";
  }
  return "CUDNN_UNKNOWN_STATUS";
}

void cudnnGetLastErrorString(char* message, std::size_t size) {
  std::snprintf(message, size, "%s", lastError.c_str());
  lastError.clear();
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  return answer([&] {
    begin(Function::cudnnCreate);
    auto context = currentContext("cudnnCreate");
    require(context != nullptr, "no context is current", NOT_INITIALIZED);
    require(context->status() == CUDA_SUCCESS, "the context has failed", NOT_INITIALIZED);
    const auto made = std::make_shared<HandleState>();
    made->context = std::move(context);
    *handle = handles.add(made);
  });
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  return release(Function::cudnnDestroy, handles, handle);
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  return answer([&] {
    const auto owner = begin(Function::cudnnSetStream, handle);
    owner->stream = stream;
  });
}

cudnnStatus_t cudnnQueryRuntimeError(cudnnHandle_t handle, cudnnStatus_t* status,
                                     cudnnErrQueryMode_t mode, cudnnRuntimeTag_t*) {
  return answer([&] {
    const auto owner = begin(Function::cudnnQueryRuntimeError, handle);
    requirePointers({status});
    require(mode == CUDNN_ERRQUERY_BLOCKING || mode == CUDNN_ERRQUERY_RAWCODE,
            "the stand-in knows two query modes", CUDNN_STATUS_NOT_SUPPORTED);
    if (mode == CUDNN_ERRQUERY_BLOCKING) {
      require(waitFor(owner->stream, "cudnnQueryRuntimeError") == CUDA_SUCCESS,
              "the context has failed", CUDNN_STATUS_EXECUTION_FAILED);
    }
    *status = static_cast<cudnnStatus_t>(owner->runtimeError.exchange(0));
  });
}
