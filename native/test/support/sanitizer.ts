import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { nativeFolder } from "./places.ts";

const libraries = { address: "libasan.so", thread: "libtsan.so" };

export type Sanitizer = keyof typeof libraries;

/** The sanitizer's library: Node is built without it, so it must be loaded before everything else. Null: none. */
export function sanitizerLibrary(sanitizer: Sanitizer): string | null {
  for (const compiler of [process.env.CXX, "c++", "g++"]) {
    if (compiler === undefined) continue;
    const print = `-print-file-name=${libraries[sanitizer]}`;
    const file = spawnSync(compiler, [print], { encoding: "utf8" }).stdout?.trim() ?? "";
    if (isAbsolute(file) && existsSync(file)) return file;
  }
  return null;
}

/** Builds the addon with the sanitizer, into a folder of its own. Returns its file. */
export function buildSanitized(sanitizer: Sanitizer): string {
  const folder = `build-${sanitizer}`;
  const script = join(nativeFolder, "scripts/build.mjs");
  const built = spawnSync(process.execPath, [script, "--out", folder, "--sanitize", sanitizer], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`${built.stdout}${built.stderr}`);
  return join(nativeFolder, folder, "Release/batchnorm_cudnn.node");
}
