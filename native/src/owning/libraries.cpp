#include "libraries.h"

#include <map>
#include <mutex>
#include <utility>

namespace batchnorm::owning {

namespace {

[[noreturn]] void fail(const raw::LoadFailure& failure, const checked::Versions& versions) {
  checked::NativeError error;
  error.call = failure.call;
  error.text = failure.text;
  error.library = failure.library;
  error.symbol = failure.symbol;
  error.versions = versions;
  throw error;
}

/** Opened and initialised. */
raw::DriverTable openDriver(const std::string& path, checked::Versions& versions) try {
  const checked::Driver driver(raw::resolveDriver(raw::Library(path)), versions);
  driver.cuDriverGetVersion(&versions.driver);
  driver.cuInit(0);
  return driver.table;
} catch (const raw::LoadFailure& failure) {
  fail(failure, versions);
}

/** cuDNN's version is asked for first: a library too old for the rest then says how old it is. */
raw::CudnnTable openCudnn(const std::string& path, checked::Versions& versions) try {
  const raw::Library library(path);
  decltype(raw::CudnnTable::cudnnGetVersion) getVersion = nullptr;
  library.resolve(getVersion, "cudnnGetVersion");
  versions.cudnn = getVersion();
  return raw::resolveCudnn(library);
} catch (const raw::LoadFailure& failure) {
  fail(failure, versions);
}

}  // namespace

std::shared_ptr<const Libraries> Libraries::load(const std::string& driver,
                                                 const std::string& cudnn) {
  // The addon's only state that outlives an environment: several threads may load at once.
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, std::weak_ptr<const Libraries>> loaded;
  const std::lock_guard lock(mutex);
  auto& known = loaded[{driver, cudnn}];
  if (auto still = known.lock()) return still;
  auto fresh = std::make_shared<const Libraries>(driver, cudnn);
  known = fresh;
  return fresh;
}

Libraries::Libraries(const std::string& driverName, const std::string& cudnnName)
    : driver(openDriver(driverName, versions_), versions_),
      cudnn(openCudnn(cudnnName, versions_), driver, versions_) {}

int Libraries::deviceCount() const {
  int count = 0;
  driver.cuDeviceGetCount(&count);
  return count;
}

}  // namespace batchnorm::owning
