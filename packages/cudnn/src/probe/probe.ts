import type { Probe } from "@batchnorm/core";
import { currentEnvironment } from "../libraries/environment.js";
import { findLibraries } from "../libraries/findLibraries.js";
import { findAddon, howToGetAddon } from "../native/findAddon.js";
import type { CudnnSettings } from "../settings.js";
import { askChild } from "./askChild.js";
import { verdictOf } from "./verdict.js";

/** Whether the device can be used with these settings, or exactly why not. Never throws. */
export async function probe(settings: CudnnSettings): Promise<Probe> {
  try {
    return await look(settings);
  } catch (error) {
    const found = `the probe itself failed: ${error instanceof Error ? error.message : error}`;
    return { available: false, tried: [IN_A_PROCESS], found, next: "nvidia-smi" };
  }
}

const IN_A_PROCESS = "open the driver, cuDNN and the device in a process of its own";

async function look({ device, ...libraries }: CudnnSettings): Promise<Probe> {
  const addon = findAddon();
  if (addon.path === null) return withoutAddon(addon.tried);
  const environment = currentEnvironment();
  const search = findLibraries(libraries, environment);
  const cudnn = search.cudnn.map(({ path }) => path);
  const reply = await askChild({ addon: addon.path, driver: search.driver, cudnn, device });
  if ("answer" in reply) return verdictOf(reply.answer, device, search, environment);
  return {
    available: false,
    tried: [IN_A_PROCESS],
    found: `that process ${reply.died}`,
    next: "nvidia-smi",
  };
}

function withoutAddon(tried: readonly string[]): Probe {
  const { platform, arch } = process;
  const built = platform === "linux" && arch === "x64";
  return {
    available: false,
    tried: tried.map((place) => `load the addon from ${place}`),
    found: built
      ? "no built addon"
      : `no addon for ${platform} on ${arch}: it is built for linux on x64 only`,
    next: built ? howToGetAddon() : "use another backend, such as wasm",
  };
}
