#include "../check.h"

int main(int count, char** words) {
  Kernels kernels("");
  return count > 1 && check(kernels, words[1]) == 0 ? 0 : 1;
}
