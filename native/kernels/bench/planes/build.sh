#!/bin/sh
# Builds the bench into $1: planes, and planes-watched, in which a wait that
# does not end within two seconds becomes an error. EXTRA="-D..." NAME=... builds one more variant.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?a folder for the programs}
mkdir -p "$out" "$out.o"
flags="-std=c++17 -O3 -gencode arch=compute_90a,code=sm_90a -Werror all-warnings"
build() { # name, flags
  for f in forward backward; do
    nice -n 10 nvcc $flags $2 -c -o "$out.o/$f-$1.o" "$here/../../planes/$f.cu" &
  done
  wait
  nvcc -o "$out/$1" "$out.o/main.o" "$out.o/forward-$1.o" "$out.o/backward-$1.o" -cudart static
}
[ -n "$ONLY" ] && [ -f "$out.o/main.o" ] || nice -n 10 nvcc $flags -c -o "$out.o/main.o" "$here/main.cu"
if [ -n "$NAME" ]; then build "$NAME" "$EXTRA"; exit; fi
build planes "-Xptxas -warn-spills"
build planes-watched -DBN_WATCHDOG
