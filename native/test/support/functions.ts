import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nativeFolder } from "./places.ts";

/** The functions of a library, from the lists the addon loads them by: none can be forgotten in a test. */
export function functionsIn(library: "driver" | "cudnn"): string[] {
  const text = readFileSync(join(nativeFolder, "src/raw", `${library}_functions.h`), "utf8");
  return [...text.matchAll(/^ {2}X\((\w+)/gm)].map(([, name]) => name as string);
}
