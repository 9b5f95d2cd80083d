// The pair of libraries everything else is called through.
#pragma once

#include <memory>
#include <string>

#include "../checked/cudnn.h"
#include "../checked/driver.h"

namespace batchnorm::owning {

/** The driver (initialised) and cuDNN, each opened and with every function found. Immutable: any
 * thread may use it. */
class Libraries {
 public:
  /**
   * Opens both, or hands out the pair that was opened from these names before and is still in use.
   * The driver comes first and is initialised before cuDNN is looked at, so that a machine without
   * a GPU learns that rather than that cuDNN is missing. Throws NativeError.
   */
  static std::shared_ptr<const Libraries> load(const std::string& driver, const std::string& cudnn);

  Libraries(const std::string& driver, const std::string& cudnn);
  Libraries(const Libraries&) = delete;
  Libraries& operator=(const Libraries&) = delete;

  int deviceCount() const;
  const checked::Versions& versions() const { return versions_; }

 private:
  checked::Versions versions_;  // Before the two below, which refer to it.

 public:
  const checked::Driver driver;
  const checked::Cudnn cudnn;
};

}  // namespace batchnorm::owning
