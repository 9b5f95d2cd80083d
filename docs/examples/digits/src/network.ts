import type { Handler } from "batchnorm";
import { DenseLayer } from "./denseLayer.js";
import type { Layer } from "./layer.js";
import type { Matrix } from "./matrix.js";
import { NormalizationLayer } from "./normalizationLayer.js";
import { SigmoidLayer } from "./sigmoidLayer.js";

/** Layers one after the other; the last gives one score per digit class. */
export class Network {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  async forwardTraining(images: Matrix): Promise<Matrix> {
    let activations = images;
    for (const layer of this.layers) activations = await layer.forwardTraining(activations);
    return activations;
  }

  async forwardInference(images: Matrix): Promise<Matrix> {
    let activations = images;
    for (const layer of this.layers) activations = await layer.forwardInference(activations);
    return activations;
  }

  /** Carries the gradient of the loss by the scores down to the first layer. */
  async backward(scoreGradient: Matrix): Promise<void> {
    let gradient: Matrix | null = scoreGradient;
    for (const layer of [...this.layers].reverse()) {
      if (gradient !== null) gradient = await layer.backward(gradient);
    }
  }

  async update(learningRate: number): Promise<void> {
    for (const layer of this.layers) await layer.update(learningRate);
  }

  get normalizations(): NormalizationLayer[] {
    return this.layers.filter((layer) => layer instanceof NormalizationLayer);
  }

  /** This network with other normalization layers in the place of its own, in order. */
  withNormalizations(others: readonly NormalizationLayer[]): Network {
    const rest = [...others];
    return new Network(
      this.layers.map((layer) =>
        layer instanceof NormalizationLayer ? (rest.shift() ?? layer) : layer,
      ),
    );
  }
}

/** The baseline: weights and bias before each sigmoid. */
export function createPlainNetwork(weights: readonly Matrix[]): Network {
  return assemble(weights, () => null);
}

/** The same with batch normalization before each sigmoid; its bias takes the place of the other. */
export function createNormalizedNetwork(weights: readonly Matrix[], handler: Handler): Network {
  return assemble(weights, (like) => NormalizationLayer.create(handler, like, like.columns));
}

function assemble(
  weights: readonly Matrix[],
  normalizationFor: (weights: Matrix) => NormalizationLayer | null,
): Network {
  const hidden = weights.slice(0, -1).flatMap((matrix, index): Layer[] => {
    const normalization = normalizationFor(matrix);
    const dense = new DenseLayer(matrix, {
      hasBias: normalization === null,
      isFirst: index === 0,
    });
    const sigmoid = new SigmoidLayer(matrix, matrix.columns);
    return normalization === null ? [dense, sigmoid] : [dense, normalization, sigmoid];
  });
  const scores = weights.slice(-1).map((matrix) => {
    return new DenseLayer(matrix, { hasBias: true, isFirst: weights.length === 1 });
  });
  return new Network([...hidden, ...scores]);
}
