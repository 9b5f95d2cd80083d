#include "sequence.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace batchnorm::kernels {

namespace {

/** A launch's configuration with the attributes it points to. */
struct Configured {
  Configured(const LaunchSpec& spec, raw::CUstream stream) {
    if (spec.cluster > 1) {
      raw::CUlaunchAttribute& attribute = attributes[config.numAttrs++];
      attribute.id = raw::CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
      attribute.value.clusterDim = {spec.cluster, 1, 1};
    }
    if (spec.cooperative) {
      raw::CUlaunchAttribute& attribute = attributes[config.numAttrs++];
      attribute.id = raw::CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
      attribute.value.cooperative = 1;
    }
    config.gridDimX = spec.grid[0];
    config.gridDimY = spec.grid[1];
    config.gridDimZ = spec.grid[2];
    config.blockDimX = spec.block;
    config.blockDimY = config.blockDimZ = 1;
    config.sharedMemBytes = spec.sharedBytes;
    config.hStream = stream;
    config.attrs = attributes;
  }
  Configured(const Configured&) = delete;
  Configured& operator=(const Configured&) = delete;

  raw::CUlaunchAttribute attributes[2]{};
  raw::CUlaunchConfig config{};
};

template <class Number>
void put(std::byte* place, double value) {
  const auto number = static_cast<Number>(value);
  std::memcpy(place, &number, sizeof(number));
}

void patch(std::vector<std::byte>& params, const LaunchSpec& spec, const double* slots) {
  std::memcpy(params.data(), spec.params.data(), params.size());
  for (const Patch& one : spec.patches) {
    const double value = slots[one.slot];
    std::byte* place = params.data() + one.offset;
    switch (one.kind) {
      case PatchKind::pointer: {
        std::uint64_t offset = 0;
        std::memcpy(&offset, place, sizeof(offset));
        put<std::uint64_t>(place, value == 0 ? 0 : value + static_cast<double>(offset));
        break;
      }
      case PatchKind::f32:
        put<float>(place, value);
        break;
      case PatchKind::f64:
        put<double>(place, value);
        break;
      case PatchKind::u32:
        put<std::uint32_t>(place, value);
        break;
      case PatchKind::count:
        break;
    }
  }
}

}  // namespace

std::size_t sizeOf(PatchKind kind) noexcept {
  return kind == PatchKind::pointer || kind == PatchKind::f64 ? 8 : 4;
}

Sequence::Sequence(const checked::Driver& driver, const owning::Stream& stream, Modules& modules,
                   int multiprocessors, std::vector<LaunchSpec> specs)
    : driver_(&driver), stream_(stream) {
  launches_.reserve(specs.size());
  for (LaunchSpec& spec : specs) {
    Function& function = modules.function(spec.kernel);
    std::vector<std::byte> patched(spec.params);
    Launch& launch = launches_.emplace_back(std::move(spec), &function, std::move(patched));
    allow(launch);
    proveTogether(launch, multiprocessors);
  }
}

/** What a launch has beyond the defaults is asked for once. */
void Sequence::allow(Launch& launch) const {
  constexpr unsigned freeSharedBytes = 48 << 10;
  constexpr unsigned portableCluster = 8;
  const auto set = [&](raw::CUfunction_attribute attribute, unsigned value) {
    check(driver_->table.cuFuncSetAttribute(launch.function->handle, attribute,
                                            static_cast<int>(value)),
          "cuFuncSetAttribute", launch);
  };
  unsigned& allowed = launch.function->sharedBytes;
  if (launch.spec.sharedBytes > std::max(allowed, freeSharedBytes)) {
    set(raw::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, launch.spec.sharedBytes);
    allowed = launch.spec.sharedBytes;
  }
  if (launch.spec.cluster > portableCluster) {
    set(raw::CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1);
  }
}

void Sequence::proveTogether(const Launch& launch, int multiprocessors) const {
  const LaunchSpec& spec = launch.spec;
  const std::size_t blocks = std::size_t{spec.grid[0]} * spec.grid[1] * spec.grid[2];
  if (spec.cluster > 1) {
    const Configured configured(spec, stream_);
    int clusters = 0;
    check(driver_->table.cuOccupancyMaxActiveClusters(&clusters, launch.function->handle,
                                                      &configured.config),
          "cuOccupancyMaxActiveClusters", launch);
    const std::size_t needed = spec.cooperative ? blocks / spec.cluster : 1;
    if (static_cast<std::size_t>(clusters) < needed) {
      fail(raw::CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, "cuOccupancyMaxActiveClusters", launch,
           std::to_string(needed) + " clusters must fit together, " + std::to_string(clusters) +
               " do");
    }
  } else if (spec.cooperative) {
    int each = 0;
    check(driver_->table.cuOccupancyMaxActiveBlocksPerMultiprocessor(
              &each, launch.function->handle, static_cast<int>(spec.block), spec.sharedBytes),
          "cuOccupancyMaxActiveBlocksPerMultiprocessor", launch);
    const std::size_t fit =
        static_cast<std::size_t>(each) * static_cast<std::size_t>(multiprocessors);
    if (fit < blocks) {
      fail(raw::CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
           "cuOccupancyMaxActiveBlocksPerMultiprocessor", launch,
           std::to_string(blocks) + " blocks must fit together, " + std::to_string(fit) + " do");
    }
  }
}

void Sequence::run(const owning::CallRecord& call) {
  const auto* slots = reinterpret_cast<const double*>(&call);
  for (Launch& launch : launches_) {
    patch(launch.patched, launch.spec, slots);
    const Configured configured(launch.spec, stream_);
    void* parameter = launch.patched.data();
    check(driver_->table.cuLaunchKernelEx(&configured.config, launch.function->handle, &parameter,
                                          nullptr),
          "cuLaunchKernelEx", launch);
  }
}

void Sequence::fail(raw::CUresult status, const char* call, const Launch& launch,
                    const std::string& more) const {
  checked::NativeError error = driver_->error(status, call);
  error.text += " (kernel " + launch.spec.kernel + ")";
  if (!more.empty()) error.text += ": " + more;
  throw error;
}

}  // namespace batchnorm::kernels
