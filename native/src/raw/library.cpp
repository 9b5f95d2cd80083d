#include "library.h"

#include <dlfcn.h>

namespace batchnorm::raw {

namespace {
std::string linkerText() {
  const char* text = dlerror();
  return text != nullptr ? text : "no reason given";
}
}  // namespace

// Local: nothing else in the process shall bind to these symbols because of us.
Library::Library(const std::string& path)
    : path_(path), handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) throw LoadFailure{"dlopen", path_, "", linkerText()};
}

void* Library::address(const char* name) const {
  void* found = dlsym(handle_, name);
  if (found == nullptr) throw LoadFailure{"dlsym", path_, name, linkerText()};
  return found;
}

}  // namespace batchnorm::raw
