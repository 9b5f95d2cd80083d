import type {
  BackwardCall,
  BackwardInferenceCall,
  ForwardInferenceCall,
  ForwardTrainingCall,
  Plan,
  PlanSpec,
  RunningMemory,
  SavedMemory,
} from "@batchnorm/core";
import type { CpuMemory } from "../device/cpuMemory.js";
import { inputGradient, inputGradientOfFixed, parameterGradients } from "../formulas/gradients.js";
import { type Groups, groupsOf } from "../formulas/groups.js";
import { addResidual, maskGradient, normalize, relu } from "../formulas/normalize.js";
import {
  average,
  inverseStandardDeviation,
  moments,
  varianceCorrection,
} from "../formulas/statistics.js";
import { type Layout, layoutOf, load, store } from "./elements.js";
import { DATA_ROLES, PARAMETER_ROLES, type Role, type Workspace } from "./workspace.js";

type Forward = ForwardTrainingCall<CpuMemory> | ForwardInferenceCall<CpuMemory>;
type Backward = BackwardCall<CpuMemory> | BackwardInferenceCall<CpuMemory>;

/** Loads tensors as float64 in logical order, applies the formulas, and stores the results rounded once. */
export class CpuPlan implements Plan<CpuMemory> {
  readonly description =
    "cpu: the formulas in plain TypeScript, float64 inside, two passes, compensated sums";
  readonly #groups: Groups;
  readonly #data: Layout;
  readonly #parameters: Layout;
  readonly #length: number;
  readonly #workspace: Workspace;

  constructor({ mode, x, parameters }: PlanSpec, workspace: Workspace) {
    this.#groups = groupsOf(mode, x);
    this.#length = x.elementCount;
    this.#workspace = workspace;
    workspace.reserve(DATA_ROLES, this.#length);
    workspace.reserve(PARAMETER_ROLES, this.#groups.count);
    this.#data = layoutOf(x);
    this.#parameters = layoutOf(parameters);
  }

  forwardTraining(call: ForwardTrainingCall<CpuMemory>): void {
    const { count } = this.#groups;
    const x = this.#loadData(call.x, "x");
    const { mean, variance, invStd } = this.#statistics();
    moments(x, this.#groups, mean, variance);
    inverseStandardDeviation(variance, call.epsilon, count, invStd);
    this.#applyForward(call, x, mean, invStd);
    if (call.saved !== null) this.#save(call.saved, mean, invStd);
    if (call.running !== null)
      this.#updateRunning(call.running, call.averagingFactor, mean, variance);
  }

  forwardInference(call: ForwardInferenceCall<CpuMemory>): void {
    const x = this.#loadData(call.x, "x");
    const { mean, invStd } = this.#loadRunning(call.running, call.epsilon);
    this.#applyForward(call, x, mean, invStd);
  }

  backward(call: BackwardCall<CpuMemory>): void {
    const x = this.#loadData(call.x, "x");
    const dy = this.#loadGradient(call);
    const { mean, variance, invStd } = this.#statistics();
    if (call.saved !== null) {
      this.#loadSaved(call.saved, mean, invStd);
    } else {
      moments(x, this.#groups, mean, variance);
      inverseStandardDeviation(variance, call.epsilon, this.#groups.count, invStd);
    }
    const { scale, dScale, dBias } = this.#parameterGradients(call, x, dy, mean, invStd);
    inputGradient(x, dy, this.#groups, mean, invStd, scale, dScale, dBias, dy);
    this.#storeGradients(call, dy, dScale, dBias);
  }

  backwardInference(call: BackwardInferenceCall<CpuMemory>): void {
    const x = this.#loadData(call.x, "x");
    const dy = this.#loadGradient(call);
    const { mean, invStd } = this.#loadRunning(call.running, call.epsilon);
    const { scale, dScale, dBias } = this.#parameterGradients(call, x, dy, mean, invStd);
    inputGradientOfFixed(dy, this.#groups, invStd, scale, dy);
    this.#storeGradients(call, dy, dScale, dBias);
  }

  dispose(): void {}

  #applyForward(call: Forward, x: Float64Array, mean: Float64Array, invStd: Float64Array): void {
    const scale = this.#loadParameters(call.scale, "scale");
    const bias = this.#loadParameters(call.bias, "bias");
    normalize(x, this.#groups, mean, invStd, scale, bias, x);
    if (call.z !== null) addResidual(x, this.#loadData(call.z, "residual"), this.#length);
    if (call.activation === "relu") relu(x, this.#length);
    store(call.y, this.#data, x, call.alpha, call.beta);
  }

  /** dy as it is before the fused activation and residual; that is also the residual's gradient. */
  #loadGradient({ dy, y, dz, activation }: Backward): Float64Array {
    const gradient = this.#loadData(dy, "gradient");
    if (activation === "relu" && y !== null) {
      maskGradient(gradient, this.#loadData(y, "residual"), this.#length);
    }
    if (dz !== null) store(dz, this.#data, gradient);
    return gradient;
  }

  #parameterGradients(
    call: Backward,
    x: Float64Array,
    dy: Float64Array,
    mean: Float64Array,
    invStd: Float64Array,
  ) {
    const scale = this.#loadParameters(call.scale, "scale");
    const dScale = this.#parameterArray("dScale");
    const dBias = this.#parameterArray("dBias");
    parameterGradients(x, dy, this.#groups, mean, invStd, dScale, dBias);
    return { scale, dScale, dBias };
  }

  #storeGradients(
    call: Backward,
    dx: Float64Array,
    dScale: Float64Array,
    dBias: Float64Array,
  ): void {
    store(call.dx, this.#data, dx, call.alphaData, call.betaData);
    store(call.dScale, this.#parameters, dScale, call.alphaParam, call.betaParam);
    store(call.dBias, this.#parameters, dBias, call.alphaParam, call.betaParam);
  }

  /** The mean goes into two words, so that a float32 layer keeps what float64 knew of it. */
  #save(saved: SavedMemory<CpuMemory>, mean: Float64Array, invStd: Float64Array): void {
    store(saved.mean, this.#parameters, mean);
    store(saved.invVariance, this.#parameters, invStd);
    if (saved.meanLow === null) return;
    const low = this.#loadParameters(saved.mean, "low");
    for (let g = 0; g < this.#groups.count; g++) low[g] = mean[g] - low[g];
    store(saved.meanLow, this.#parameters, low);
  }

  #loadSaved(saved: SavedMemory<CpuMemory>, mean: Float64Array, invStd: Float64Array): void {
    load(saved.mean, this.#parameters, mean);
    load(saved.invVariance, this.#parameters, invStd);
    if (saved.meanLow === null) return;
    const low = this.#loadParameters(saved.meanLow, "low");
    for (let g = 0; g < this.#groups.count; g++) mean[g] += low[g];
  }

  #updateRunning(
    running: RunningMemory<CpuMemory>,
    factor: number,
    mean: Float64Array,
    variance: Float64Array,
  ): void {
    const { count, size } = this.#groups;
    const correction = varianceCorrection(running.convention, size);
    for (let g = 0; g < count; g++) variance[g] *= correction;
    const old = this.#loadParameters(running.mean, "low");
    average(old, mean, factor, count);
    store(running.mean, this.#parameters, old);
    load(running.variance, this.#parameters, old);
    average(old, variance, factor, count);
    store(running.variance, this.#parameters, old);
  }

  #loadRunning(running: RunningMemory<CpuMemory>, epsilon: number) {
    const { mean, variance, invStd } = this.#statistics();
    load(running.mean, this.#parameters, mean);
    load(running.variance, this.#parameters, variance);
    inverseStandardDeviation(variance, epsilon, this.#groups.count, invStd);
    return { mean, invStd };
  }

  #statistics() {
    return {
      mean: this.#parameterArray("mean"),
      variance: this.#parameterArray("variance"),
      invStd: this.#parameterArray("invStd"),
    };
  }

  #loadData(memory: CpuMemory, role: Role): Float64Array {
    const values = this.#workspace.array(role, this.#length);
    load(memory, this.#data, values);
    return values;
  }

  #loadParameters(memory: CpuMemory, role: Role): Float64Array {
    const values = this.#parameterArray(role);
    load(memory, this.#parameters, values);
    return values;
  }

  #parameterArray(role: Role): Float64Array {
    return this.#workspace.array(role, this.#groups.count);
  }
}
