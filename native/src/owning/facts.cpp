#include "facts.h"

#include <array>

namespace batchnorm::owning {

namespace {

std::string format(const raw::CUuuid& uuid) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = "GPU-";
  for (int index = 0; index < 16; ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) text += '-';
    const auto byte = static_cast<unsigned char>(uuid.bytes[index]);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace

DeviceFacts deviceFacts(const Libraries& libraries, int ordinal) {
  const checked::Driver& driver = libraries.driver;
  raw::CUdevice device = 0;
  driver.cuDeviceGet(&device, ordinal);
  const auto attribute = [&](raw::CUdevice_attribute which) {
    int value = 0;
    driver.cuDeviceGetAttribute(&value, which, device);
    return value;
  };

  std::array<char, 256> name{};
  driver.cuDeviceGetName(name.data(), static_cast<int>(name.size()), device);
  raw::CUuuid uuid{};
  driver.cuDeviceGetUuid_v2(&uuid, device);
  std::size_t total = 0;
  driver.cuDeviceTotalMem_v2(&total, device);

  DeviceFacts facts;
  facts.name = name.data();
  facts.uuid = format(uuid);
  facts.totalMemory = total;
  facts.computeMajor = attribute(raw::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  facts.computeMinor = attribute(raw::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  facts.multiprocessors = attribute(raw::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  facts.l2Bytes = attribute(raw::CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
  facts.memoryPools = attribute(raw::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) != 0;
  return facts;
}

}  // namespace batchnorm::owning
