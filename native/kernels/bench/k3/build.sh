#!/bin/sh
# Builds the benchmark and the kernels into $1; variants of the inference kernels beside them.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?a folder for the programs}
mkdir -p "$out/kernels"
cubin() { # source, output, flags…
  source=$1; to=$2; shift 2
  nvcc -std=c++17 -gencode arch=compute_90a,code=sm_90a -Xptxas -v,-warn-spills -Werror all-warnings "$@" -cubin -o "$to" "$source" 2>"$to.log" || { cat "$to.log"; exit 1; }
  rm "$to.log"
}
for source in "$here"/../../elementwise/*.cu "$here"/../../generic/*.cu; do
  cubin "$source" "$out/kernels/$(basename "$source" .cu).cubin"
done
nvcc -std=c++17 -O2 -arch=sm_90 -o "$out/bench" "$here"/main.cu "$here"/check.cu "$here"/time.cu
# Variants of inference, for `bench visits`: LOAD_HINT STORE_HINT VISITS
variant() {
  mkdir -p "$out/$1"
  cubin "$here/../../elementwise/inference.cu" "$out/$1/inference.cubin" -DBN_LOAD_HINT="\"$2\"" -DBN_STORE_HINT="\"$3\"" -DBN_VISITS=$4
}
if [ -n "$VARIANTS" ]; then
  variant v4 "" "" 4; variant v4cs .cs "" 4; variant v4na .L1::no_allocate "" 4; variant v4cscs .cs .cs 4
  variant v2 "" "" 2; variant v8 "" "" 8; variant v1 "" "" 1
fi
