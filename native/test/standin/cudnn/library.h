// What every call of the library shares: ordered failures, the last error's text, handles.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "../control/orders.h"
#include "../driver/context.h"
#include "exports.h"

namespace standin {

struct HandleState {
  std::shared_ptr<Context> context;
  CUstream stream = nullptr;
  /** What a kernel has found out: 0 or a status, until it is queried. */
  std::atomic<int> runtimeError = 0;
};

struct Descriptor {
  cudnnDataType_t dataType = CUDNN_DATA_FLOAT;
  int rank = 0;
  int dims[CUDNN_MAX_RANK] = {};
  int strides[CUDNN_MAX_RANK] = {};
};

struct Activation {
  bool set = false;
  bool propagateNaN = false;
};

/** A refusal: keeps the text for cudnnGetLastErrorString. */
struct Refusal {
  cudnnStatus_t status;
  const char* text;
};

inline const char* nameOf(Function function) { return functionNames[static_cast<int>(function)]; }

/** Remembers the text for this thread and returns the status. */
cudnnStatus_t refuse(const Refusal& refusal);

/** How a call with a handle begins: counted, and checked for context and stream. Throws Refusal. */
std::shared_ptr<HandleState> begin(Function function, cudnnHandle_t handle);

/** As above for calls without a handle. */
void begin(Function function);

/** Puts a kernel on the handle's stream. Throws Refusal. */
void enqueue(const HandleState& owner, const char* call, std::function<void()> kernel);

Descriptor descriptorOf(cudnnTensorDescriptor_t handle, const char* call);
Activation activationOf(cudnnActivationDescriptor_t handle, const char* call);

/** Runs the body of a call, turning a Refusal into its status. */
template <class Body>
cudnnStatus_t answer(Body body) {
  try {
    body();
    return CUDNN_STATUS_SUCCESS;
  } catch (const Refusal& refusal) {
    return refuse(refusal);
  }
}

/** How a handle of a table is destroyed: let go first, then report what was ordered, like the
 * driver. */
template <class Table, class Handle>
cudnnStatus_t release(Function function, Table& table, Handle handle) {
  const int ordered = enter(function);
  if (table.take(handle, nameOf(function)) == nullptr) return CUDNN_STATUS_BAD_PARAM;
  return ordered == 0 ? CUDNN_STATUS_SUCCESS
                      : refuse({static_cast<cudnnStatus_t>(ordered), "ordered by the test"});
}

inline void require(bool condition, const char* text,
                    cudnnStatus_t status = CUDNN_STATUS_BAD_PARAM) {
  if (!condition) throw Refusal{status, text};
}

inline void requirePointers(std::initializer_list<const void*> pointers) {
  for (const void* pointer : pointers) {
    require(pointer != nullptr, "a pointer is null", BAD_PARAM_NULL_POINTER);
  }
}

}  // namespace standin
