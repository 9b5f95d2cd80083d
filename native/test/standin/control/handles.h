// Opaque handles as numbers that are never used again and point nowhere: use after destruction, a
// handle of another kind and a dereference are all found out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "page.h"

namespace standin {

template <class Object, class Handle>
class Handles {
 public:
  Handles(const char* kind, std::uint64_t number, Count count)
      : kind(kind), next(number << 52), count(count) {}

  Handle add(std::shared_ptr<Object> object) {
    const std::lock_guard lock(mutex);
    next += 16;
    objects.emplace(next, std::move(object));
    counter(count)++;
    return reinterpret_cast<Handle>(next);
  }

  /** Null, and a misuse, where the handle is not alive. */
  std::shared_ptr<Object> find(Handle handle, const char* call) {
    const std::lock_guard lock(mutex);
    const auto found = objects.find(reinterpret_cast<std::uint64_t>(handle));
    if (found != objects.end()) return found->second;
    misuse("%s: %p is no live %s", call, static_cast<void*>(handle), kind);
    return nullptr;
  }

  /** As find, and the handle dies. */
  std::shared_ptr<Object> take(Handle handle, const char* call) {
    auto object = find(handle, call);
    const std::lock_guard lock(mutex);
    if (objects.erase(reinterpret_cast<std::uint64_t>(handle)) > 0) counter(count)--;
    return object;
  }

 private:
  const char* const kind;
  std::mutex mutex;
  std::uint64_t next;
  const Count count;
  std::map<std::uint64_t, std::shared_ptr<Object>> objects;
};

}  // namespace standin
