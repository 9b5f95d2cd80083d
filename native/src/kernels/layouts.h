// Where the fields of the kernels' parameters lie, as the compiler placed them: TypeScript fills
// the structs and must not guess.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace batchnorm::kernels {

struct Field {
  /** Such as "shape.map.quotientStep". */
  std::string path;
  std::size_t offset;
  /** "u32", "u64", "f32" or "f64". */
  const char* kind;
};

struct Layout {
  const char* name;
  std::size_t size;
  std::vector<Field> fields;
};

std::vector<Layout> layouts();

}  // namespace batchnorm::kernels
