#!/bin/sh
# Builds the checks with the kernels for the processor: $1 the program, the rest flags (-fsanitize=address).
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=$1; shift
objects=$out.objects
mkdir -p "$objects"
flags="-std=c++17 -O2 -mfma -mf16c -ffp-contract=fast -DBN_EMULATED -I/usr/local/cuda/include -fno-strict-aliasing $*"
for source in "$here"/../../../elementwise/*.cu "$here"/../../../generic/*.cu; do
  g++ $flags -w -x c++ -include "$here/cuda.h" -c "$source" -o "$objects/$(basename "$source").o" &
  [ "$(jobs -p | wc -l)" -ge 3 ] && wait
done
wait
g++ $flags -w -x c++ -c "$here/../check.cu" -o "$objects/check.o"
g++ $flags -w -c "$here/fibers.cpp" -o "$objects/fibers.o"
g++ $flags -w -c "$here/main.cpp" -o "$objects/main.o"
g++ $flags -rdynamic "$objects"/*.o -ldl -o "$out"
