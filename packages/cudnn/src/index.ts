/** Batch normalization on NVIDIA GPUs, by cuDNN. */
export { cudnn } from "./cudnnBackend.js";
export type { CudnnOptions, Engine } from "./settings.js";
