#include "orders.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace standin {
namespace {

struct Failure {
  int function;
  std::int64_t call;
  int status;
};

constexpr int work = functionCount;

std::mutex mutex;
std::int64_t generation = 0;
std::int64_t workBase = 0;
Settings current;
std::vector<Failure> failures;

struct Setting {
  const char* name;
  std::int64_t Settings::* member;
};
constexpr Setting known[] = {
    {"slow", &Settings::slow},
    {"synchronous", &Settings::synchronous},
    {"devices", &Settings::devices},
    {"pools", &Settings::pools},
    {"memoryOperations", &Settings::memoryOperations},
    {"memory", &Settings::memory},
    {"driver", &Settings::driver},
    {"capability", &Settings::capability},
    {"cudnn", &Settings::cudnn},
    {"cudnnCuda", &Settings::cudnnCuda},
};

std::atomic<std::int64_t>& calls(int function) {
  return page().rows[static_cast<int>(Count::count) + function].value;
}

// A misspelt order would make a test pass that tests nothing.
[[noreturn]] void refuse(const std::string& word) {
  std::fprintf(stderr, "stand-in: cannot read the order \"%s\"\n", word.c_str());
  std::abort();
}

bool readSetting(const std::string& name, std::int64_t value) {
  for (const Setting& setting : known) {
    if (name != setting.name) continue;
    current.*setting.member = value;
    return true;
  }
  return false;
}

int functionNamed(const std::string& name) {
  for (int i = 0; i < functionCount; i++) {
    if (name == functionNames[i]) return i;
  }
  return -1;
}

void readWord(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos) refuse(word);
  const std::string name = word.substr(0, equals);
  const std::int64_t value = std::atoll(word.c_str() + equals + 1);
  if (readSetting(name, value)) return;
  const auto colon = name.rfind(':');
  if (colon == std::string::npos) refuse(word);
  const std::int64_t call = std::atoll(name.c_str() + colon + 1);
  const std::string kind = name.substr(0, colon);
  const int function = kind == "work" ? work : functionNamed(kind.substr(kind.find(':') + 1));
  if (function < 0 || call < 1) refuse(word);
  failures.push_back({function, call, static_cast<int>(value)});
}

void refresh() {
  if (page().generation == generation) return;
  generation = page().generation;
  current = Settings{};
  failures.clear();
  for (int i = 0; i < functionCount; i++) calls(i) = 0;
  workBase = counter(Count::work);
  std::istringstream words(page().orders);
  for (std::string word; words >> word;) readWord(word);
}

int failureOf(int function, std::int64_t call) {
  for (const Failure& failure : failures) {
    if (failure.function == function && failure.call == call) return failure.status;
  }
  return 0;
}

}  // namespace

Settings settings() {
  const std::lock_guard lock(mutex);
  refresh();
  return current;
}

int enter(Function function) {
  const std::lock_guard lock(mutex);
  refresh();
  const int index = static_cast<int>(function);
  return failureOf(index, ++calls(index));
}

int enterWork() {
  const std::lock_guard lock(mutex);
  refresh();
  return failureOf(work, ++counter(Count::work) - workBase);
}

}  // namespace standin
