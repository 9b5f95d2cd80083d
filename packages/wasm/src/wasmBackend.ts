import {
  argumentError,
  type Backend,
  checkOptions,
  checkPositiveInteger,
  type Probe,
  SPECIFICATION_VERSION,
} from "@batchnorm/core";
import { openDevice } from "./device/openDevice.js";
import { hasSimd } from "./environment.js";

/** More are a mistake, whatever the machine. */
const MAX_THREADS = 256;

/** Options of the backend. */
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
  const asked = threads === undefined ? null : checkThreads(threads);
  return Object.freeze({
    specificationVersion: SPECIFICATION_VERSION,
    name: "wasm",
    probe: async () => probe(),
    openDevice: () => openDevice(asked),
  });
}

function checkThreads(threads: unknown): number {
  const count = checkPositiveInteger("wasm", "threads", threads);
  if (count <= MAX_THREADS) return count;
  throw argumentError("INVALID_ARGUMENT", {
    call: "wasm",
    argument: "threads",
    expected: `at most ${MAX_THREADS}`,
    received: threads,
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
