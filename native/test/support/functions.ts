import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { addonFile, nativeFolder } from "./places.ts";

/** The functions of a library, from the lists the addon loads them by: none can be forgotten in a test. */
export function functionsIn(library: "driver" | "cudnn"): string[] {
  const text = readFileSync(join(nativeFolder, "src/raw", `${library}_functions.h`), "utf8");
  return [...text.matchAll(/^ {2}X\((\w+)/gm)].map(([, name]) => name as string);
}

/** Names of our own kernels in the built addon: none where CUDA's compiler was missing. */
export function builtKernels(): readonly string[] {
  return createRequire(import.meta.url)(addonFile).kernels.names;
}
