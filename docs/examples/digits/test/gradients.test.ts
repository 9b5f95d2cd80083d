import { createHandler, type Handler } from "batchnorm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crossEntropy } from "../src/crossEntropy.ts";
import { DenseLayer } from "../src/denseLayer.ts";
import type { Values } from "../src/matrix.ts";
import { createNormalizedNetwork, createPlainNetwork, type Network } from "../src/network.ts";
import { NormalizationLayer } from "../src/normalizationLayer.ts";
import { randomMatrix } from "./random.ts";

// Everything in float64: only there are finite differences a judge.
const SHIFT = 1e-5;
const DIGITS = 8;

const images = randomMatrix(6, 5);
const labels = Uint8Array.from([0, 2, 1, 1, 0, 2]);
const weights = [randomMatrix(5, 4), randomMatrix(4, 4), randomMatrix(4, 3)];

let handler: Handler;
beforeAll(async () => {
  handler = await createHandler({ backend: "cpu" });
});
afterAll(() => handler.dispose());

async function lossOf(network: Network): Promise<number> {
  const scores = await network.forwardTraining(images);
  return crossEntropy(scores, labels, scores.zeros(scores.rows, scores.columns));
}

async function backward(network: Network): Promise<void> {
  const scores = await network.forwardTraining(images);
  const gradient = scores.zeros(scores.rows, scores.columns);
  crossEntropy(scores, labels, gradient);
  await network.backward(gradient);
}

/** (loss(value + shift) − loss(value − shift)) / (2 · shift) for each of the values. */
async function differences(values: Values, loss: () => Promise<number>): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    values[i] = value + SHIFT;
    const above = await loss();
    values[i] = value - SHIFT;
    const below = await loss();
    values[i] = value;
    found.push((above - below) / (2 * SHIFT));
  }
  return found;
}

/** One step of learning rate 1 moves each parameter by its gradient. */
function moved(before: Values, after: Values): unknown[] {
  return Array.from(before, (value, i) => expect.closeTo(value - after[i], DIGITS));
}

async function checkDenseLayers(network: Network): Promise<void> {
  const layers = network.layers.filter((layer) => layer instanceof DenseLayer);
  const parameters = layers.flatMap(({ weights: { values }, bias }) =>
    bias === null ? [values] : [values, bias],
  );
  const expected: number[][] = [];
  for (const values of parameters) expected.push(await differences(values, () => lossOf(network)));
  const before = parameters.map((values) => values.slice());
  await backward(network);
  await network.update(1);
  for (const [i, values] of parameters.entries()) {
    expect(expected[i]).toEqual(moved(before[i], values));
  }
}

describe("gradients agree with finite differences", () => {
  test("weights and biases of the plain network", async () => {
    await checkDenseLayers(createPlainNetwork(weights));
  });

  test("weights and bias of the normalized network", async () => {
    await checkDenseLayers(createNormalizedNetwork(weights, handler));
  });

  test("scale and bias of every normalization layer", async () => {
    const network = createNormalizedNetwork(weights, handler);
    // Away from scale 1 and bias 0, where a mistake could hide.
    for (let i = 0; i < 2; i++) {
      await backward(network);
      await network.update(0.5);
    }
    for (const [index, layer] of network.normalizations.entries()) {
      const info = await layer.save(2);
      const { extension } = info;
      if (extension?.scale == null || extension.bias == null) throw new Error("nothing saved");
      const [scale, bias] = [extension.scale.slice(), extension.bias.slice()];
      const loss = () => {
        const others = [...network.normalizations];
        const changed = { ...info, extension: { ...extension, scale, bias } };
        others[index] = NormalizationLayer.restore(handler, changed);
        return lossOf(network.withNormalizations(others));
      };
      const byScale = await differences(scale, loss);
      const byBias = await differences(bias, loss);
      await backward(network);
      await layer.update(1);
      const after = (await layer.save(2)).extension;
      expect(byScale).toEqual(moved(scale, after?.scale as Values));
      expect(byBias).toEqual(moved(bias, after?.bias as Values));
      await layer.update(-1);
    }
  });
});

test("the gradient by the scores sums to 0 in each row", () => {
  const scores = randomMatrix(6, 3);
  const gradient = scores.zeros(6, 3);
  const loss = crossEntropy(scores, labels, gradient);
  expect(loss).toBeGreaterThan(0);
  for (let row = 0; row < 6; row++) {
    const numbers = Array.from(gradient.values.subarray(3 * row, 3 * row + 3));
    const sum = numbers.reduce((a, b) => a + b);
    expect(sum).toBeCloseTo(0, 12);
  }
});
