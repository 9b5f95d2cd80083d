#include "modules.h"

#include <algorithm>
#include <array>

namespace batchnorm::kernels {

Modules::Modules(const checked::Driver& driver)
    : driver_(&driver), modules_(embedded().images.size(), nullptr) {}

Modules::~Modules() {
  for (const raw::CUmodule module : modules_) {
    if (module != nullptr) driver_->table.cuModuleUnload(module);
  }
}

Function& Modules::function(const std::string& name) {
  if (const auto known = functions_.find(name); known != functions_.end()) return known->second;
  const auto kernels = embedded().kernels;
  const auto found = std::find_if(kernels.begin(), kernels.end(),
                                  [&](const Kernel& one) { return one.name == name; });
  if (found == kernels.end()) {
    checked::NativeError error =
        driver_->error(raw::CUDA_ERROR_NOT_FOUND, "NativeDevice.createSequence");
    error.text = "no kernel " + name + " was built";
    throw error;
  }
  raw::CUfunction function = nullptr;
  driver_->cuModuleGetFunction(&function, module(found->image), name.c_str());
  return functions_.emplace(name, Function{function}).first->second;
}

raw::CUmodule Modules::module(int image) {
  raw::CUmodule& module = modules_[static_cast<std::size_t>(image)];
  if (module != nullptr) return module;
  const Image& source = embedded().images[static_cast<std::size_t>(image)];
  std::array<char, 4096> log{};
  std::array options{raw::CU_JIT_ERROR_LOG_BUFFER, raw::CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  std::array<void*, 2> values{log.data(), reinterpret_cast<void*>(log.size())};
  raw::CUmodule loaded = nullptr;
  const raw::CUresult status = driver_->table.cuModuleLoadDataEx(
      &loaded, source.data, static_cast<unsigned>(options.size()), options.data(), values.data());
  if (status != raw::CUDA_SUCCESS) {
    checked::NativeError error = driver_->error(status, "cuModuleLoadDataEx");
    error.text += std::string(" (kernels of ") + source.source + ")";
    if (log[0] != '\0') error.text += std::string(": ") + log.data();
    throw error;
  }
  module = loaded;
  return module;
}

}  // namespace batchnorm::kernels
