import type { Matrix, Values } from "./matrix.js";

/**
 * Mean cross-entropy of softmax(scores) against the labels. Writes its gradient by the scores:
 * (probability − 1 for the right class, probability for others) / rows.
 */
export function crossEntropy(scores: Matrix, labels: Uint8Array, gradient: Matrix): number {
  const { rows, columns, values } = scores;
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const right = start + labels[row];
    const logSum = logSumOfExponentials(values, start, columns);
    for (let i = start; i < start + columns; i++) {
      const probability = Math.exp(values[i] - logSum);
      gradient.values[i] = (i === right ? probability - 1 : probability) / rows;
    }
    loss += logSum - values[right];
  }
  return loss / rows;
}

function logSumOfExponentials(values: Values, start: number, length: number): number {
  let largest = values[start];
  for (let i = start + 1; i < start + length; i++) largest = Math.max(largest, values[i]);
  let sum = 0;
  // Exponents of at most 0 cannot overflow.
  for (let i = start; i < start + length; i++) sum += Math.exp(values[i] - largest);
  return largest + Math.log(sum);
}
