// The device of ../gpu.h on the processor: kernels are functions of this program, memory is the heap's.
#pragma once

#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "../launch.h"
#include "fibers.h"

#define cudaDeviceSynchronize() 0
inline void must(int, const char*) {}

class Kernels {
public:
  explicit Kernels(const std::string&) {}

  template <typename Params> void launch(const std::string& name, rules::Grid grid, const Params& params) {
    auto kernel = reinterpret_cast<void (*)(const Params)>(dlsym(RTLD_DEFAULT, name.c_str()));
    if (!kernel) {
      std::printf("no kernel %s\n", name.c_str());
      std::exit(1);
    }
    emulation::runGrid(grid.x, grid.y, rules::THREADS, [&] { kernel(params); });
  }
};

struct Buffer {
  size_t bytes;
  uint64_t address;

  explicit Buffer(size_t size) : bytes(size), address(reinterpret_cast<uint64_t>(std::malloc(size))) {
    std::memset(reinterpret_cast<void*>(address), 0x7b, size);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(reinterpret_cast<void*>(address)); }

  void put(const void* from) { std::memcpy(reinterpret_cast<void*>(address), from, bytes); }
  std::vector<uint8_t> get() const {
    const uint8_t* at = reinterpret_cast<const uint8_t*>(address);
    return std::vector<uint8_t>(at, at + bytes);
  }
  void fill(int byte) { std::memset(reinterpret_cast<void*>(address), byte, bytes); }
};
