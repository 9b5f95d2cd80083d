import type { Layer } from "./layer.js";
import { type Matrix, Scratch } from "./matrix.js";

/** output = 1 / (1 + e^−input), number by number. */
export class SigmoidLayer implements Layer {
  readonly #outputs: Scratch;
  readonly #inputGradients: Scratch;
  #output: Matrix | null = null;

  /** `like` says which number type to use. */
  constructor(like: Matrix, columns: number) {
    this.#outputs = new Scratch(like, columns);
    this.#inputGradients = new Scratch(like, columns);
  }

  async forwardTraining(input: Matrix): Promise<Matrix> {
    this.#output = await this.forwardInference(input);
    return this.#output;
  }

  async forwardInference({ rows, values }: Matrix): Promise<Matrix> {
    const output = this.#outputs.rows(rows);
    for (let i = 0; i < values.length; i++) output.values[i] = 1 / (1 + Math.exp(-values[i]));
    return output;
  }

  async backward({ rows, values }: Matrix): Promise<Matrix> {
    if (this.#output === null) {
      throw new Error("SigmoidLayer.backward needs a forwardTraining first");
    }
    const { values: outputs } = this.#output;
    const inputGradient = this.#inputGradients.rows(rows);
    for (let i = 0; i < values.length; i++) {
      inputGradient.values[i] = values[i] * outputs[i] * (1 - outputs[i]);
    }
    return inputGradient;
  }

  async update(): Promise<void> {}
}
