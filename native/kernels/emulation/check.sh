#!/bin/sh
# Builds and runs the emulated check: check.sh [seed] [cases]. Needs a host compiler and CUDA's headers.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT_FOLDER:-$(mktemp -d)}
cuda=${CUDA_HOME:-/usr/local/cuda}
mkdir -p "$out"
python3 "$here/prepare.py" "$here/.." "$out/kernels"
g++ -std=c++17 -O2 -fno-strict-aliasing -Wno-attributes -I "$out/kernels" -I "$here" -I "$cuda/include" \
  -o "$out/check" "$here/check.cpp" "$here/fibers.cpp"
"$out/check" "$@"
