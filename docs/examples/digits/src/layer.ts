import type { Matrix } from "./matrix.js";

/**
 * One stage of a network. A matrix it returns is only good until its next call: layers use their
 * memory again.
 */
export interface Layer {
  /** Also keeps what `backward` will need. */
  forwardTraining(input: Matrix): Promise<Matrix>;
  forwardInference(input: Matrix): Promise<Matrix>;
  /**
   * From the gradient of the loss by this layer's output to the one by its input; keeps those by its
   * parameters. null from the first layer: nobody needs the gradient by the pixels.
   */
  backward(outputGradient: Matrix): Promise<Matrix | null>;
  /** Goes one step down the gradients that `backward` kept. */
  update(learningRate: number): Promise<void>;
}
