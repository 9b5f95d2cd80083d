#include "reserve.h"

#include <cstring>

#include "../driver/block.h"
#include "checks.h"

namespace standin {
namespace {

struct Header {
  std::uint64_t magic = 0x42'4E'52'45'4C'55'00'01;
  std::int64_t values = 0;
};

std::int64_t elements(const Descriptor& x) {
  std::int64_t product = 1;
  for (int i = 0; i < x.rank; i++) product *= x.dims[i];
  return product;
}

void checkSpace(const Space& space, std::size_t needed, const HandleState& owner,
                const char* call) {
  require(space.bytes >= needed, "a workspace or reserve space is too small");
  if (needed == 0) return;
  requirePointers({space.memory});
  const auto address = reinterpret_cast<CUdeviceptr>(space.memory);
  require(checkRange(address, space.bytes, *owner.context, call), "a space is not alive",
          CUDNN_STATUS_EXECUTION_FAILED);
}

unsigned char* hostAddressOf(const Space& space) {
  if (space.memory == nullptr || space.bytes == 0) return nullptr;
  return hostAddress(reinterpret_cast<CUdeviceptr>(space.memory), space.bytes, "a kernel");
}

}  // namespace

std::size_t workspaceBytes(cudnnBatchNormMode_t mode, const Descriptor& x) {
  if (mode != CUDNN_BATCHNORM_SPATIAL_PERSISTENT || !isChannelsLast(x)) return 0;
  if (x.dataType == CUDNN_DATA_DOUBLE) return 0;
  return static_cast<std::size_t>(x.dims[1]) * 32 + 4096;
}

std::size_t reserveBytes(cudnnBatchNormOps_t ops, const Descriptor& x) {
  if (ops != CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION) return 0;
  return sizeof(Header) + (static_cast<std::size_t>(elements(x)) + 127) / 128 * 16;
}

void checkSpaces(const Spaces& spaces, cudnnBatchNormMode_t mode, cudnnBatchNormOps_t ops,
                 const Descriptor& x, const HandleState& owner, const char* call) {
  const std::size_t needed = workspaceBytes(mode, x);
  const bool fused = ops != CUDNN_BATCHNORM_OPS_BN;
  if (needed > 0 && spaces.workspace.bytes == 0) {
    require(!fused, "a fused operation needs its workspace", CUDNN_STATUS_NOT_SUPPORTED);
    counter(Count::withoutWorkspace)++;
  } else {
    checkSpace(spaces.workspace, needed, owner, call);
  }
  require(reserveBytes(ops, x) == 0 || spaces.reserve.bytes > 0,
          "the operation needs its reserve space", CUDNN_STATUS_NOT_SUPPORTED);
  checkSpace(spaces.reserve, reserveBytes(ops, x), owner, call);
}

void scramble(const Space& workspace) {
  unsigned char* const memory = hostAddressOf(workspace);
  if (memory != nullptr) std::memset(memory, 0x5C, workspace.bytes);
}

Reserve::Reserve(const Space& space) : memory(hostAddressOf(space)) {}

void Reserve::start(std::int64_t values) const {
  Header header;
  header.values = values;
  std::memcpy(memory, &header, sizeof(header));
  std::memset(memory + sizeof(header), 0, static_cast<std::size_t>((values + 127) / 128 * 16));
}

bool Reserve::valid(std::int64_t values) const {
  Header header;
  const Header expected;
  std::memcpy(&header, memory, sizeof(header));
  if (header.magic == expected.magic && header.values == values) return true;
  misuse("a fused backward reads a reserve that no forward of this shape has written");
  return false;
}

void Reserve::set(std::int64_t index, bool passes) const {
  if (passes) memory[sizeof(Header) + index / 8] |= static_cast<unsigned char>(1 << index % 8);
}

bool Reserve::get(std::int64_t index) const {
  return (memory[sizeof(Header) + index / 8] >> index % 8 & 1) != 0;
}

}  // namespace standin
