// A shared library opened at run time, so that the addon loads on machines that have none of
// NVIDIA's.
#pragma once

#include <string>

namespace batchnorm::raw {

/** The dynamic linker refused: `call` is "dlopen" or "dlsym", `text` is what it said. */
struct LoadFailure {
  const char* call;
  std::string library;
  std::string symbol;
  std::string text;
};

class Library {
 public:
  /** @param path A path, or a soname for the linker to find. Throws LoadFailure. */
  explicit Library(const std::string& path);

  // Never closed: both libraries start threads and register exit handlers, and neither documents
  // that it may be unmapped. Opening again is a matter of counting for the linker.

  const std::string& path() const { return path_; }

  /** Throws LoadFailure. */
  template <class Function>
  void resolve(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(address(name));
  }

 private:
  void* address(const char* name) const;

  std::string path_;
  void* handle_;
};

}  // namespace batchnorm::raw
