import {
  type Backend,
  checkOptions,
  checkPositiveInteger,
  type Probe,
  SPECIFICATION_VERSION,
} from "@batchnorm/core";
import { openDevice } from "./device/openDevice.js";
import { hasSimd } from "./environment.js";

export interface WasmOptions {
  /** Threads in all, the caller's included. Default: the processors there are, at most 8. */
  readonly threads?: number;
}

/**
 * SIMD and threads in WebAssembly: the fast backend for any processor, in Node and in browsers.
 * @throws BatchNormError `INVALID_ARGUMENT`
 */
export function wasm(options: WasmOptions = {}): Backend {
  const { threads } = checkOptions("wasm", options, ["threads"]);
  const asked = threads === undefined ? null : checkPositiveInteger("wasm", "threads", threads);
  return Object.freeze({
    specificationVersion: SPECIFICATION_VERSION,
    name: "wasm",
    probe: async () => probe(),
    openDevice: () => openDevice(asked),
  });
}

function probe(): Probe {
  if (hasSimd()) return { available: true, found: "WebAssembly with SIMD" };
  return {
    available: false,
    tried: ["validate a WebAssembly module with SIMD"],
    found: "a runtime without WebAssembly SIMD",
    next: "use Node 20 or later, or a browser of 2021 or later",
  };
}
