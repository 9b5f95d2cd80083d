// The device as the benchmark sees it: kernels by name out of cubins, buffers, launches, clocks.
#pragma once

#ifdef BN_EMULATED
#include "emulation/gpu.h"
#else

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "launch.h"

inline void must(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::printf("FAILED %s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

class Kernels {
public:
  explicit Kernels(const std::string& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".cubin") continue;
      cudaLibrary_t library;
      must(cudaLibraryLoadFromFile(&library, entry.path().c_str(), nullptr, nullptr, 0, nullptr, nullptr, 0), "load");
      libraries.push_back(library);
    }
  }

  template <typename Params>
  void launch(const std::string& name, rules::Grid grid, const Params& params, cudaStream_t stream = nullptr) {
    void* arguments[1] = {const_cast<Params*>(&params)};
    must(cudaLaunchKernel((const void*)find(name), dim3(grid.x, grid.y, 1), dim3(rules::THREADS, 1, 1), arguments, 0,
                          stream), name.c_str());
  }

private:
  std::vector<cudaLibrary_t> libraries;
  std::map<std::string, cudaKernel_t> found;

  cudaKernel_t find(const std::string& name) {
    auto at = found.find(name);
    if (at != found.end()) return at->second;
    for (cudaLibrary_t library : libraries) {
      cudaKernel_t kernel;
      if (cudaLibraryGetKernel(&kernel, library, name.c_str()) == cudaSuccess) return found[name] = kernel;
      cudaGetLastError();
    }
    std::printf("no kernel %s\n", name.c_str());
    std::exit(1);
  }
};

struct Buffer {
  uint64_t address = 0;
  size_t bytes = 0;

  explicit Buffer(size_t size) : bytes(size) {
    auto& kept = pool()[size];
    if (!kept.empty()) {
      address = kept.back();
      kept.pop_back();
      return;
    }
    void* place;
    must(cudaMalloc(&place, std::max<size_t>(size, 16)), "malloc");
    address = (uint64_t)place;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    // Small ones are used again: the checks make thousands.
    if (bytes <= 4u << 20) pool()[bytes].push_back(address);
    else cudaFree((void*)address);
  }
  static std::map<size_t, std::vector<uint64_t>>& pool() {
    static std::map<size_t, std::vector<uint64_t>> kept;
    return kept;
  }

  void put(const void* from) { must(cudaMemcpy((void*)address, from, bytes, cudaMemcpyHostToDevice), "put"); }
  std::vector<uint8_t> get() const {
    std::vector<uint8_t> out(bytes);
    must(cudaMemcpy(out.data(), (void*)address, bytes, cudaMemcpyDeviceToHost), "get");
    return out;
  }
  void fill(int byte) { must(cudaMemset((void*)address, byte, bytes), "fill"); }
};

#endif
