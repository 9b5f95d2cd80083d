import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Handler, parseInfo, stringifyInfo } from "batchnorm";
import { writeWhole } from "./files.js";
import type { Network } from "./network.js";
import { NormalizationLayer } from "./normalizationLayer.js";

/** One file for each normalization layer, as `batchnorm` saves them. Returns their paths. */
export async function saveNormalizations(
  folder: string,
  network: Network,
  steps: number,
): Promise<string[]> {
  const saved = network.normalizations.map(async (layer, index) => {
    const path = join(folder, `batch-normalization-${index + 1}.json`);
    await writeWhole(path, stringifyInfo(await layer.save(steps)));
    return path;
  });
  return Promise.all(saved);
}

/** The network with its normalization layers as the files have them, on another handler. */
export async function restoreNormalizations(
  paths: readonly string[],
  network: Network,
  handler: Handler,
): Promise<Network> {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return network.withNormalizations(
    texts.map((text) => NormalizationLayer.restore(handler, parseInfo(text))),
  );
}
