// The harness's protocol for C++ drivers: flat JSON lines in, one line out. See src/protocol/messages.ts.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

struct Message {
  std::string line;

  // The harness writes flat objects whose strings need no escapes, so the first match is the field.
  std::string text(const std::string& key) const {
    const auto start = valueOf(key) + 1;
    return line.substr(start, line.find('"', start) - start);
  }

  double number(const std::string& key) const {
    return std::strtod(line.c_str() + valueOf(key), nullptr);
  }

  std::vector<long> numbers(const std::string& key) const {
    std::vector<long> found;
    const char* at = line.c_str() + valueOf(key);
    while (*at != ']') found.push_back(std::strtol(at + 1, const_cast<char**>(&at), 10));
    return found;
  }

 private:
  std::size_t valueOf(const std::string& key) const {
    const auto name = "\"" + key + "\":";
    const auto found = line.find(name);
    if (found == std::string::npos) throw std::runtime_error("no field " + key);
    return found + name.size();
  }
};

// Nanoseconds of `iterations` calls after `warm` untimed ones.
inline long timeCalls(const Message& message, const std::function<void()>& call) {
  for (long i = static_cast<long>(message.number("warm")); i > 0; i--) call();
  const auto started = std::chrono::steady_clock::now();
  for (long i = static_cast<long>(message.number("iterations")); i > 0; i--) call();
  const auto taken = std::chrono::steady_clock::now() - started;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count();
}

inline void readValues(const std::string& folder, const char* name, void* to, std::size_t bytes) {
  std::ifstream file(folder + "/" + name + ".bin", std::ios::binary);
  if (!file.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)))
    throw std::runtime_error(std::string("cannot read ") + name);
}

inline void writeValues(const std::string& folder, const char* name, const void* from, std::size_t bytes) {
  std::ofstream file(folder + "/" + name + ".bin", std::ios::binary);
  if (!file.write(static_cast<const char*>(from), static_cast<std::streamsize>(bytes)))
    throw std::runtime_error(std::string("cannot write ") + name);
}

// Answers until the input ends; `answer` returns a JSON value.
inline void serve(const std::function<std::string(const Message&)>& answer) {
  for (std::string line; std::getline(std::cin, line);) {
    const Message message{line};
    const auto id = std::to_string(static_cast<long>(message.number("id")));
    try {
      std::cout << "{\"id\":" << id << ",\"value\":" << answer(message) << "}" << std::endl;
    } catch (const std::exception& error) {
      std::cout << "{\"id\":" << id << ",\"error\":\"" << error.what() << "\"}" << std::endl;
    }
  }
}
