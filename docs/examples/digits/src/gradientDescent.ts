import type { Values } from "./matrix.js";

/** Plain stochastic gradient descent, without momentum or decay: parameters −= rate · gradients. */
export function descend(parameters: Values, gradients: Values, learningRate: number): void {
  for (let i = 0; i < parameters.length; i++) parameters[i] -= learningRate * gradients[i];
}
