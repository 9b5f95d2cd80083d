import type { Batch } from "./batches.js";
import { crossEntropy } from "./crossEntropy.js";
import type { Network } from "./network.js";

/** One step of plain gradient descent. Returns the loss of the batch before the step. */
export async function trainStep(
  network: Network,
  { images, labels }: Batch,
  learningRate: number,
): Promise<number> {
  const scores = await network.forwardTraining(images);
  const gradient = scores.zeros(scores.rows, scores.columns);
  const loss = crossEntropy(scores, labels, gradient);
  await network.backward(gradient);
  await network.update(learningRate);
  return loss;
}
