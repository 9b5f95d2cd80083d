// Everything cuDNN needs for one set of descriptors, made once, so that a step is one call.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "call_record.h"
#include "cudnn_handle.h"
#include "descriptors.h"
#include "memory_pool.h"

namespace batchnorm::owning {

struct PlanSpec {
  raw::cudnnDataType_t dataType;
  raw::cudnnBatchNormMode_t mode;
  /** Of x, y, z, dx, dy and dz alike. */
  std::vector<int> dims;
  std::vector<int> strides;
  /** Of scale, bias and the statistics; of a plan that only transforms: the other layout. */
  raw::cudnnDataType_t parameterType;
  std::vector<int> parameterDims;
  std::vector<int> parameterStrides;
  /** Use the Ex calls, with workspace and reserve space. */
  bool extended;
  /** What the Ex calls fuse. */
  raw::cudnnBatchNormOps_t fusion;
};

/** Bytes; 0 without Ex. */
struct PlanSizes {
  std::size_t trainingWorkspace = 0;
  std::size_t backwardWorkspace = 0;
  std::size_t reserve = 0;
};

class Plan {
 public:
  /** `handle` and `memory` must outlive this. Throws NativeError. */
  Plan(const CudnnHandle& handle, MemoryPool& memory, const PlanSpec& spec);

  const PlanSizes& sizes() const { return sizes_; }

  /** Enqueues one step. Throws NativeError. */
  void run(Step step, const CallRecord& call) const;

 private:
  PlanSizes askSizes() const;

  void forwardTraining(const CallRecord& call) const;
  void forwardTrainingEx(const CallRecord& call) const;
  void forwardInference(const CallRecord& call) const;
  void backward(const CallRecord& call) const;
  void backwardEx(const CallRecord& call) const;
  void scaleParameters(const CallRecord& call) const;
  void relu(const CallRecord& call) const;
  void reluBackward(const CallRecord& call) const;
  void addTensor(const CallRecord& call) const;
  void copy(const CallRecord& call) const;
  void clear(const CallRecord& call) const;
  void spread(const CallRecord& call) const;
  void transformIn(const CallRecord& call) const;
  void transformOut(const CallRecord& call) const;

  /** The descriptor where the plan fuses ReLU, else null. */
  raw::cudnnActivationDescriptor_t fusedActivation() const;
  /** `tensor_` where the plan fuses the addition of z, else null. */
  raw::cudnnTensorDescriptor_t fusedOperand() const;
  /** `tensor_` where the plan fuses anything, else null: y of a backward. */
  raw::cudnnTensorDescriptor_t fusedOutput() const;
  void* workspace() const;

  const CudnnHandle* handle_;
  raw::cudnnBatchNormMode_t mode_;
  raw::cudnnBatchNormOps_t fusion_;
  bool extended_;
  /** cuDNN takes scalars as double for float64 tensors, as float otherwise. */
  bool doubleScalars_;
  bool doubleParameters_;
  TensorDescriptor tensor_;
  TensorDescriptor parameters_;
  ReluDescriptor relu_;
  PlanSizes sizes_;
  std::optional<Memory> workspace_;
};

}  // namespace batchnorm::owning
