import { descend } from "./gradientDescent.js";
import type { Layer } from "./layer.js";
import { type Matrix, Scratch, sameKind, type Values } from "./matrix.js";
import { multiply, multiplyTransposed, transpose } from "./multiply.js";

interface DenseOptions {
  /** No bias in front of batch normalization, which would subtract it again. */
  readonly hasBias: boolean;
  /** The first layer has no layer below that wants its gradient. */
  readonly isFirst: boolean;
}

/** A fully connected layer: output = input · weights + bias. */
export class DenseLayer implements Layer {
  readonly weights: Matrix;
  readonly bias: Values | null;
  readonly #weightGradients: Matrix;
  readonly #weightsTransposed: Matrix;
  readonly #biasGradients: Values;
  readonly #outputs: Scratch;
  readonly #inputGradients: Scratch | null;
  #input: Matrix | null = null;

  /** Starts from a copy of `initialWeights`. */
  constructor(initialWeights: Matrix, { hasBias, isFirst }: DenseOptions) {
    const { rows: inputs, columns: outputs } = initialWeights;
    this.weights = initialWeights.clone();
    this.#weightGradients = initialWeights.zeros(inputs, outputs);
    this.#weightsTransposed = initialWeights.zeros(outputs, inputs);
    this.bias = hasBias ? sameKind(initialWeights.values, outputs) : null;
    this.#biasGradients = sameKind(initialWeights.values, outputs);
    this.#outputs = new Scratch(initialWeights, outputs);
    this.#inputGradients = isFirst ? null : new Scratch(initialWeights, inputs);
  }

  async forwardTraining(input: Matrix): Promise<Matrix> {
    this.#input = input;
    return this.forwardInference(input);
  }

  async forwardInference(input: Matrix): Promise<Matrix> {
    const output = this.#outputs.rows(input.rows);
    multiply(input, this.weights, output);
    if (this.bias !== null) addToEachRow(output, this.bias);
    return output;
  }

  async backward(outputGradient: Matrix): Promise<Matrix | null> {
    if (this.#input === null) throw new Error("DenseLayer.backward needs a forwardTraining first");
    multiplyTransposed(this.#input, outputGradient, this.#weightGradients);
    if (this.bias !== null) sumOfRows(outputGradient, this.#biasGradients);
    if (this.#inputGradients === null) return null;
    const inputGradient = this.#inputGradients.rows(outputGradient.rows);
    transpose(this.weights, this.#weightsTransposed);
    multiply(outputGradient, this.#weightsTransposed, inputGradient);
    return inputGradient;
  }

  async update(learningRate: number): Promise<void> {
    descend(this.weights.values, this.#weightGradients.values, learningRate);
    if (this.bias !== null) descend(this.bias, this.#biasGradients, learningRate);
  }
}

function addToEachRow({ columns, values }: Matrix, row: Values): void {
  for (let i = 0; i < values.length; i++) values[i] += row[i % columns];
}

function sumOfRows({ columns, values }: Matrix, sum: Values): void {
  sum.fill(0);
  for (let i = 0; i < values.length; i++) sum[i % columns] += values[i];
}
