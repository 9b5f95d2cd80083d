import {
  type Handler,
  type Info,
  Ops,
  preStagePerActivation,
  type StatisticsTensor,
  type Tensor,
} from "batchnorm";
import { descend } from "./gradientDescent.js";
import type { Layer } from "./layer.js";
import { Matrix, sameKind, type Values } from "./matrix.js";

/** Weight of the new batch in the running mean and variance, which inference uses. */
const AVERAGING_FACTOR = 0.1;
const EPSILON = 1e-5;

type Activations = Tensor<"float32" | "float64">;

/** Tensors for batches of one size, made once. */
interface Tensors {
  readonly x: Activations;
  readonly y: Activations;
  /** First the gradient by y; backward puts the one by x in its place. */
  readonly gradient: Activations;
}

/** Batch normalization with a learned scale and bias for each activation (γ and β in the paper). */
export class NormalizationLayer implements Layer {
  readonly #ops: Ops;
  readonly #scale: StatisticsTensor;
  readonly #bias: StatisticsTensor;
  readonly #scaleGradient: StatisticsTensor;
  readonly #biasGradient: StatisticsTensor;
  /** Copies on the host, where gradient descent takes place. */
  readonly #scaleValues: Values;
  readonly #biasValues: Values;
  readonly #tensors = new Map<number, Tensors>();

  private constructor(ops: Ops, scale: Values, bias: Values) {
    const { handler, scaleBiasDescriptor } = ops;
    this.#ops = ops;
    this.#scaleValues = scale;
    this.#biasValues = bias;
    this.#scale = handler.createTensor(scaleBiasDescriptor, scale);
    this.#bias = handler.createTensor(scaleBiasDescriptor, bias);
    this.#scaleGradient = handler.createTensor(scaleBiasDescriptor);
    this.#biasGradient = handler.createTensor(scaleBiasDescriptor);
  }

  /** A fresh layer: scale 1, bias 0. `like` says which number type to use. */
  static create(handler: Handler, like: Matrix, columns: number): NormalizationLayer {
    // One mean and variance per activation. A fully connected layer has no spatial dims to share
    // them over, so preStageSpatial would give the same numbers here.
    const ops = preStagePerActivation(handler);
    const dataType = like.values instanceof Float32Array ? "float32" : "float64";
    // The number of rows here is no promise: it may change from call to call.
    ops.stage({ dataType, format: "NCHW", dims: [1, columns] });
    const ones = sameKind(like.values, columns).fill(1);
    return new NormalizationLayer(ops, ones, sameKind(like.values, columns));
  }

  /** The layer that `save` saved, on any backend. */
  static restore(handler: Handler, info: Info): NormalizationLayer {
    const { scale, bias } = info.extension ?? { scale: null, bias: null };
    if (scale === null || bias === null) throw new Error("The saved layer lacks scale and bias");
    return new NormalizationLayer(Ops.fromInfo(handler, info), scale.slice(), bias.slice());
  }

  /** `steps`: how many training batches the running statistics have seen. */
  save(steps: number): Promise<Info> {
    return this.#ops.toInfo({
      scale: this.#scale,
      bias: this.#bias,
      averaging: { rule: "constant", factor: AVERAGING_FACTOR, count: steps },
    });
  }

  async forwardTraining(input: Matrix): Promise<Matrix> {
    const { x, y } = this.#tensorsFor(input.rows);
    await x.write(input.values);
    this.#ops.forwardTraining({
      x,
      scale: this.#scale,
      bias: this.#bias,
      y,
      averagingFactor: AVERAGING_FACTOR,
      epsilon: EPSILON,
    });
    return new Matrix(input.rows, input.columns, await y.read());
  }

  async forwardInference(input: Matrix): Promise<Matrix> {
    const { x, y } = this.#tensorsFor(input.rows);
    await x.write(input.values);
    this.#ops.forwardInference({
      x,
      scale: this.#scale,
      bias: this.#bias,
      y,
      epsilon: EPSILON,
    });
    return new Matrix(input.rows, input.columns, await y.read());
  }

  /** Uses the mean and inverse standard deviation that the last forwardTraining left in the ops. */
  async backward(outputGradient: Matrix): Promise<Matrix> {
    const { x, gradient } = this.#tensorsFor(outputGradient.rows);
    await gradient.write(outputGradient.values);
    this.#ops.backward({
      x,
      scale: this.#scale,
      dy: gradient,
      dx: gradient,
      dScale: this.#scaleGradient,
      dBias: this.#biasGradient,
    });
    return new Matrix(outputGradient.rows, outputGradient.columns, await gradient.read());
  }

  async update(learningRate: number): Promise<void> {
    descend(this.#scaleValues, await this.#scaleGradient.read(), learningRate);
    descend(this.#biasValues, await this.#biasGradient.read(), learningRate);
    await this.#scale.write(this.#scaleValues);
    await this.#bias.write(this.#biasValues);
  }

  #tensorsFor(rows: number): Tensors {
    const known = this.#tensors.get(rows);
    if (known !== undefined) return known;
    const { handler, scaleBiasDescriptor } = this.#ops;
    const dims = [rows, scaleBiasDescriptor.dims[1]];
    const create = () =>
      handler.createTensor({ dataType: scaleBiasDescriptor.dataType, format: "NCHW", dims });
    const made = { x: create(), y: create(), gradient: create() };
    this.#tensors.set(rows, made);
    return made;
  }
}
