import { randomNormal } from "d3-random";
import { Matrix } from "./matrix.js";

/** Pixels, three hidden layers, classes. */
export const LAYER_SIZES = [784, 100, 100, 100, 10] as const;

/**
 * The paper says "small random Gaussian" and no more. This small, a plain network stays on a plateau
 * for long: every sigmoid is close to 1/2, whatever the image.
 */
const STANDARD_DEVIATION = 0.07;

/** @param random gives numbers from 0 to 1 */
export function createInitialWeights(random: () => number): Matrix[] {
  const normal = randomNormal.source(random)(0, STANDARD_DEVIATION);
  return LAYER_SIZES.slice(1).map((outputs, index) => {
    const inputs = LAYER_SIZES[index];
    return new Matrix(inputs, outputs, Float32Array.from({ length: inputs * outputs }, normal));
  });
}
