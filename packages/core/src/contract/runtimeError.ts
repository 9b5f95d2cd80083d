/**
 * A numerical error that a kernel noticed on the device, such as an overflow inside cuDNN's persistent
 * kernels. The device goes on; results since the last query may be wrong.
 * Source: cudnnQueryRuntimeError in NVIDIA's cuDNN API reference.
 */
export interface RuntimeError {
  /** The device library's own code; for cuDNN a cudnnStatus_t. */
  readonly code: number;
  /** The code's name, such as `CUDNN_STATUS_RUNTIME_FP_OVERFLOW`. */
  readonly name: string;
  /** For people. */
  readonly text: string;
}
