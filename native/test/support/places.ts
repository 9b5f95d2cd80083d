import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { buildStandIn } from "../standin/index.mjs";

export const nativeFolder = resolve(import.meta.dirname, "../..");
export const addonFile = resolve(nativeFolder, "build/Release/batchnorm_cudnn.node");
export const childrenFolder = resolve(import.meta.dirname, "../children");

/** Why these tests cannot run here, or null. */
export function whyNot(): string | null {
  if (!existsSync(addonFile)) return "the addon is not built (no C++ compiler or no cmake)";
  return buildStandIn();
}
