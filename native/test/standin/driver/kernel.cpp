// Modules and kernels: what is launched is checked and counted as work, and computes nothing.
#include <memory>
#include <vector>

#include "../control/handles.h"
#include "stream.h"

namespace standin {
namespace {

struct Module {
  std::shared_ptr<Context> context;
  std::vector<CUfunction> functions;
};

struct Kernel {
  std::weak_ptr<Module> module;
  int sharedBytes = 48 << 10;
  int cluster = 8;
};

auto& modules = *new Handles<Module, CUmodule>("module", 8, Count::modules);
auto& kernels = *new Handles<Kernel, CUfunction>("function", 9, Count::functions);

constexpr int mostSharedBytes = 227 << 10;
constexpr int mostThreads = 1024;
constexpr int mostCluster = 16;

/** A function dies with its module. */
std::shared_ptr<Kernel> kernelOf(CUfunction handle, const char* call) {
  auto kernel = kernels.find(handle, call);
  if (kernel == nullptr) return nullptr;
  const auto module = kernel->module.lock();
  if (module == nullptr) {
    misuse("%s: the function's module was unloaded", call);
    return nullptr;
  }
  if (module->context == currentContext(call)) return kernel;
  misuse("%s: the function belongs to another context than the current one", call);
  return nullptr;
}

unsigned clusterOf(const CUlaunchConfig& config) {
  for (unsigned index = 0; index < config.numAttrs; ++index) {
    const CUlaunchAttribute& attribute = config.attrs[index];
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) return attribute.value.clusterDim.x;
  }
  return 1;
}

/** As a device refuses what does not fit it, or what was not asked for before. */
CUresult fits(const CUlaunchConfig& config, const Kernel& kernel) {
  const unsigned threads = config.blockDimX * config.blockDimY * config.blockDimZ;
  const unsigned cluster = clusterOf(config);
  const bool grid = config.gridDimX > 0 && config.gridDimY > 0 && config.gridDimY < 65536 &&
                    config.gridDimZ > 0 && config.gridDimZ < 65536;
  if (!grid || threads < 1 || threads > mostThreads) return CUDA_ERROR_INVALID_VALUE;
  if (config.sharedMemBytes > static_cast<unsigned>(kernel.sharedBytes))
    return CUDA_ERROR_INVALID_VALUE;
  if (cluster < 1 || cluster > static_cast<unsigned>(kernel.cluster))
    return CUDA_ERROR_INVALID_VALUE;
  return config.gridDimX % cluster == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace
}  // namespace standin

using namespace standin;

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, CUjit_option*, void**) {
  if (const CUresult status = begin(Function::cuModuleLoadDataEx, Needs::context)) return status;
  if (image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *module = modules.add(std::make_shared<Module>(Module{currentContext("cuModuleLoadDataEx"), {}}));
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule module) {
  const CUresult status = begin(Function::cuModuleUnload, Needs::context);
  const auto unloaded = modules.take(module, "cuModuleUnload");
  if (unloaded == nullptr) return INVALID_HANDLE;
  for (const CUfunction function : unloaded->functions) kernels.take(function, "cuModuleUnload");
  return status;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
  if (const CUresult status = begin(Function::cuModuleGetFunction, Needs::context)) return status;
  const auto module = modules.find(handle, "cuModuleGetFunction");
  if (module == nullptr) return INVALID_HANDLE;
  if (name == nullptr || *name == '\0') return CUDA_ERROR_NOT_FOUND;
  *function = kernels.add(std::make_shared<Kernel>(Kernel{module}));
  module->functions.push_back(*function);
  return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  if (const CUresult status = begin(Function::cuFuncSetAttribute, Needs::context)) return status;
  const auto kernel = kernelOf(function, "cuFuncSetAttribute");
  if (kernel == nullptr) return INVALID_HANDLE;
  if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
    if (value < 0 || value > mostSharedBytes) return CUDA_ERROR_INVALID_VALUE;
    kernel->sharedBytes = value;
    return CUDA_SUCCESS;
  }
  if (attribute != CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED)
    return CUDA_ERROR_INVALID_VALUE;
  kernel->cluster = value != 0 ? mostCluster : 8;
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                     std::size_t sharedBytes) {
  if (const CUresult status =
          begin(Function::cuOccupancyMaxActiveBlocksPerMultiprocessor, Needs::context))
    return status;
  if (kernelOf(function, "cuOccupancyMaxActiveBlocksPerMultiprocessor") == nullptr)
    return INVALID_HANDLE;
  if (threads < 1 || threads > mostThreads) return CUDA_ERROR_INVALID_VALUE;
  *blocks = sharedBytes > mostSharedBytes / 2 ? 1 : 2;
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveClusters(int* clusters, CUfunction function,
                                      const CUlaunchConfig* config) {
  if (const CUresult status = begin(Function::cuOccupancyMaxActiveClusters, Needs::context))
    return status;
  const auto kernel = kernelOf(function, "cuOccupancyMaxActiveClusters");
  if (kernel == nullptr) return INVALID_HANDLE;
  if (const CUresult status = fits(*config, *kernel)) return status;
  *clusters = static_cast<int>(128 / clusterOf(*config));
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters,
                          void** extra) {
  if (const CUresult status = begin(Function::cuLaunchKernelEx, Needs::context)) return status;
  const auto kernel = kernelOf(function, "cuLaunchKernelEx");
  if (kernel == nullptr) return INVALID_HANDLE;
  if (parameters == nullptr || parameters[0] == nullptr || extra != nullptr) {
    misuse("cuLaunchKernelEx: no parameters");
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (const CUresult status = fits(*config, *kernel)) return status;
  return launch(config->hStream, "cuLaunchKernelEx", [] {});
}
