/** The reference backend: batch normalization in plain TypeScript, float64 inside, written to be read. */
export { cpu } from "./cpuBackend.js";
