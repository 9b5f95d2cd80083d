#include "page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "functions.h"

namespace standin {
namespace {

constexpr int countCount = static_cast<int>(Count::count);
constexpr const char* countNames[countCount] = {"contexts",
                                                "streams",
                                                "events",
                                                "memory",
                                                "memoryBytes",
                                                "pinned",
                                                "pools",
                                                "handles",
                                                "tensorDescriptors",
                                                "activationDescriptors",
                                                "modules",
                                                "functions",
                                                "misuse",
                                                "pageable",
                                                "withoutWorkspace",
                                                "work"};
static_assert(countCount + functionCount <= 248);

Page* map() {
  const char* path = std::getenv("BATCHNORM_STANDIN_PAGE");
  const int file = path == nullptr ? -1 : open(path, O_RDWR);
  if (path != nullptr && file < 0) std::fprintf(stderr, "stand-in: cannot open %s\n", path);
  const int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* address = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, flags, file, 0);
  if (file >= 0) close(file);
  if (address == MAP_FAILED) std::abort();
  return static_cast<Page*>(address);
}

Page* create() {
  Page* made = map();
  for (int i = 0; i < countCount; i++) std::strcpy(made->rows[i].name, countNames[i]);
  for (int i = 0; i < functionCount; i++) {
    std::snprintf(made->rows[countCount + i].name, sizeof(Row::name), "%s", functionNames[i]);
  }
  const char* orders = std::getenv("BATCHNORM_STANDIN");
  if (orders != nullptr && made->generation == 0) {
    std::snprintf(made->orders, sizeof(made->orders), "%s", orders);
    made->generation = 1;
  }
  return made;
}

}  // namespace

Page& page() {
  static Page* const made = create();
  return *made;
}

std::atomic<std::int64_t>& counter(Count count) {
  return page().rows[static_cast<int>(count)].value;
}

void misuse(const char* format, ...) {
  char text[sizeof(Page::lastMisuse)];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  std::memcpy(page().lastMisuse, text, sizeof(text));
  counter(Count::misuse)++;
  std::fprintf(stderr, "stand-in: misuse: %s\n", text);
}

}  // namespace standin
