/** Batch normalization in WebAssembly, with SIMD and threads. */
export { type WasmOptions, wasm } from "./wasmBackend.js";
