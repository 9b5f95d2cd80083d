/** What a fused forward applies after normalization and the residual `z`. */
export type Activation = "identity" | "relu";

/** Divisor of the running variance: m − 1 (`unbiased`, cuDNN and PyTorch) or m (`biased`, ONNX, Keras). */
export type VarianceConvention = "unbiased" | "biased";
