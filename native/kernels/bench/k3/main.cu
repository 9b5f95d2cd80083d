// bench check FOLDER TYPE | time FOLDER | visits FOLDER…: FOLDER holds the kernels as cubins.
#include <cstring>

#include "check.h"
#include "time.h"

int main(int count, char** words) {
  if (count < 3) return 2;
  if (std::strcmp(words[1], "visits") == 0) {
    for (int i = 2; i < count; i++) {
      Kernels kernels(words[i]);
      timeVisits(kernels, std::filesystem::path(words[i]).filename());
    }
    return 0;
  }
  Kernels kernels(words[2]);
  if (std::strcmp(words[1], "check") == 0) return check(kernels, words[3]) == 0 ? 0 : 1;
  timeAll(kernels);
  return 0;
}
