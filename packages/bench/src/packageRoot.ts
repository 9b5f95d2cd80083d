import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This package's folder, wherever the built program lies inside it. */
export const packageRoot = find(dirname(fileURLToPath(import.meta.url)));

/** Ignored by git: compiled drivers, the last result, peers installed on request. */
export const cacheFolder = join(packageRoot, ".cache");

function find(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  return find(dirname(folder));
}
