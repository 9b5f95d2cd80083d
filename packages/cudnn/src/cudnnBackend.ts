import { type Backend, SPECIFICATION_VERSION } from "@batchnorm/core";
import { openDevice } from "./device/openDevice.js";
import { probe } from "./probe/probe.js";
import { type CudnnOptions, checkSettings } from "./settings.js";

/**
 * NVIDIA GPUs, by cuDNN. Nothing is loaded before the backend is asked for something; `probe` looks in
 * another process.
 * @throws BatchNormError `INVALID_ARGUMENT`
 */
export function cudnn(options: CudnnOptions = {}): Backend {
  const settings = checkSettings(options);
  return Object.freeze({
    specificationVersion: SPECIFICATION_VERSION,
    name: "cudnn",
    probe: () => probe(settings),
    openDevice: () => openDevice(settings),
  });
}
