import { BatchNormError } from "@batchnorm/core";
import { Kernels } from "../fused/kernels.js";
import { currentEnvironment } from "../libraries/environment.js";
import { findLibraries } from "../libraries/findLibraries.js";
import { openFirst } from "../libraries/openFirst.js";
import { findAddon } from "../native/findAddon.js";
import { loadAddon } from "../native/loadAddon.js";
import { translate } from "../native/nativeError.js";
import type { CudnnSettings } from "../settings.js";
import { CudnnDevice } from "./cudnnDevice.js";

/**
 * Opens the libraries and the device in this process.
 * @throws BatchNormError `BACKEND_UNAVAILABLE`, `OUT_OF_MEMORY`
 */
export async function openDevice({
  device,
  engine,
  ...options
}: CudnnSettings): Promise<CudnnDevice> {
  const { path, tried } = findAddon();
  if (path === null) throw unavailable(`no built addon; tried ${tried.join(", ")}`);
  const addon = loadAddon(path);
  const { driver, cudnn, without } = findLibraries(options, currentEnvironment());
  const paths = cudnn.map((candidate) => candidate.path);
  const { opened, failures } = openFirst(addon, driver, paths);
  if (opened === null) {
    const places = [...failures.map(({ text }) => text), ...without];
    throw unavailable(places.join("; "));
  }
  const { libraries } = opened;
  if (device >= libraries.deviceCount) {
    throw unavailable(`no device ${device}: there are ${libraries.deviceCount}, from 0`);
  }
  const kernels = new Kernels(addon.kernels, libraries.deviceFacts(device));
  if (engine === "fused" && kernels.reason !== null) {
    throw unavailable(`the engine "fused" cannot be used: ${kernels.reason}`);
  }
  try {
    return new CudnnDevice(libraries.open(device), libraries, { engine, kernels });
  } catch (error) {
    const translated = translate(error, `open device ${device}`);
    if (translated instanceof BatchNormError && translated.code === "OUT_OF_MEMORY") {
      throw translated;
    }
    throw unavailable(`device ${device} does not open: ${(error as Error).message}`, error);
  }
}

function unavailable(found: string, cause?: unknown): BatchNormError {
  const message = `cudnn: ${found}; probe() says what to do`;
  return new BatchNormError("BACKEND_UNAVAILABLE", message, { details: { found }, cause });
}
