"""Copies common/ and planes/ for the emulator: python3 prepare.py <kernels folder> <target folder>."""
import pathlib
import shutil
import sys

source, target = map(pathlib.Path, sys.argv[1:3])
replaced = ["barriers.cuh", "bulk.cuh", "cluster.cuh", "flags.cuh", "memory.cuh"]

shutil.rmtree(target, ignore_errors=True)
(target / "common").mkdir(parents=True)
(target / "planes").mkdir()
shutil.copy(source / "params.h", target / "params.h")
for file in (source / "common").glob("*.cuh"):
    text = file.read_text()
    if file.name in replaced:
        text = '#pragma once\n#include "%s"\n' % (source / "emulation" / "operations.h").resolve()
    if file.name == "elements.cuh":
        begin = text.index("  float larger;")
        end = text.index("  return larger;")
        text = text[:begin] + "  const float larger = a != a || b != b ? NAN : (a > b ? a : b);\n" + text[end:]
    (target / "common" / file.name).write_text('#include "%s"\n' % (source / "emulation" / "cuda.h").resolve() + text)
for file in (source / "planes").iterdir():
    if file.suffix not in (".cuh", ".h"):
        continue
    text = file.read_text()
    text = text.replace("extern __shared__ __align__(128) uint8_t memory[];", "uint8_t* memory = emulation::blockMemory();")
    (target / "planes" / file.name).write_text(text)
