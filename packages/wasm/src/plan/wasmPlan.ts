import {
  type BackwardCall,
  type BackwardInferenceCall,
  bytesPerElement,
  type ForwardInferenceCall,
  type ForwardTrainingCall,
  type Plan,
  type PlanSpec,
  type RunningMemory,
  type SavedMemory,
} from "@batchnorm/core";
import type { WasmMemory } from "../memory/wasmMemory.js";
import type { Executor } from "../threads/executor.js";
import type { CallWriter } from "./callLayout.js";
import { type Geometry, geometryOf } from "./geometry.js";
import { DATA_TYPE_CODES, type OperationSteps, type Step, stepsOf } from "./steps.js";
import type { Workspace } from "./workspace.js";

type Gradients = BackwardCall<WasmMemory> | BackwardInferenceCall<WasmMemory>;
type Forward = ForwardTrainingCall<WasmMemory> | ForwardInferenceCall<WasmMemory>;

/** Fills in a call and has its steps executed. The steps of each operation are fixed here, once. */
export class WasmPlan implements Plan<WasmMemory> {
  readonly description: string;
  readonly #geometry: Geometry;
  readonly #dataType: number;
  readonly #workspace: Workspace;
  readonly #executor: Executor;
  readonly #steps: OperationSteps;

  constructor({ mode, x }: PlanSpec, workspace: Workspace, executor: Executor) {
    const geometry = geometryOf(mode, x);
    this.#geometry = geometry;
    this.#dataType = DATA_TYPE_CODES[x.dataType];
    this.#workspace = workspace;
    this.#executor = executor;
    workspace.reserve(geometry);
    this.#steps = stepsOf(geometry, bytesPerElement(x.dataType));
    const layout = geometry.inner > 1 ? "planes" : "rows";
    const order = geometry.byGroup ? "one group of channels after the other" : "chunk by chunk";
    this.description = `wasm: ${layout}, ${order}, ${executor.description}`;
  }

  forwardTraining(call: ForwardTrainingCall<WasmMemory>): void {
    const writer = this.#begin();
    this.#writeForward(writer, call);
    this.#writeRunning(writer, call.running);
    this.#writeSaved(writer, call.saved);
    writer.number("averagingFactor", call.averagingFactor);
    this.#run(writer, this.#steps.training);
  }

  forwardInference(call: ForwardInferenceCall<WasmMemory>): void {
    const writer = this.#begin();
    this.#writeForward(writer, call);
    this.#writeRunning(writer, call.running);
    this.#run(writer, this.#steps.inference);
  }

  backward(call: BackwardCall<WasmMemory>): void {
    const writer = this.#begin();
    this.#writeGradients(writer, call);
    this.#writeSaved(writer, call.saved);
    this.#run(writer, call.saved === null ? this.#steps.recomputing : this.#steps.backward);
  }

  backwardInference(call: BackwardInferenceCall<WasmMemory>): void {
    const writer = this.#begin();
    this.#writeGradients(writer, call);
    this.#writeRunning(writer, call.running);
    this.#run(writer, this.#steps.fixed);
  }

  dispose(): void {}

  #begin(): CallWriter {
    const writer = this.#workspace.beginCall(this.#geometry.columns);
    const { outer, columns, inner, chunkSize, chunks, groupColumns, permute, streaming } =
      this.#geometry;
    writer.word("outer", outer);
    writer.word("columns", columns);
    writer.word("inner", inner);
    writer.word("chunkSize", chunkSize);
    writer.word("chunks", chunks);
    writer.word("groupColumns", groupColumns);
    writer.word("streaming", streaming ? 1 : 0);
    writer.word("permute", permute);
    return writer;
  }

  #run(writer: CallWriter, steps: readonly Step[]): void {
    this.#executor.run(this.#dataType, writer.address, steps);
  }

  #writeForward(writer: CallWriter, call: Forward): void {
    writer.word("x", call.x.address);
    writer.word("y", call.y.address);
    writer.word("z", call.z === null ? 0 : call.z.address);
    writer.word("scale", call.scale.address);
    writer.word("bias", call.bias.address);
    writer.word("relu", call.activation === "relu" ? 1 : 0);
    writer.number("epsilon", call.epsilon);
    writer.number("alpha", call.alpha);
    writer.number("beta", call.beta);
  }

  #writeGradients(writer: CallWriter, call: Gradients): void {
    writer.word("x", call.x.address);
    writer.word("dy", call.dy.address);
    writer.word("dx", call.dx.address);
    writer.word("dz", call.dz === null ? 0 : call.dz.address);
    writer.word("y", call.y === null ? 0 : call.y.address);
    writer.word("scale", call.scale.address);
    writer.word("dScale", call.dScale.address);
    writer.word("dBias", call.dBias.address);
    writer.word("relu", call.activation === "relu" ? 1 : 0);
    writer.number("epsilon", call.epsilon);
    writer.number("alpha", call.alphaData);
    writer.number("beta", call.betaData);
    writer.number("alphaParam", call.alphaParam);
    writer.number("betaParam", call.betaParam);
  }

  #writeRunning(writer: CallWriter, running: RunningMemory<WasmMemory> | null): void {
    writer.word("runningMean", running === null ? 0 : running.mean.address);
    writer.word("runningVariance", running === null ? 0 : running.variance.address);
    writer.word("biased", running?.convention === "biased" ? 1 : 0);
  }

  #writeSaved(writer: CallWriter, saved: SavedMemory<WasmMemory> | null): void {
    writer.word("savedMean", saved === null ? 0 : saved.mean.address);
    writer.word("savedLow", saved === null || saved.meanLow === null ? 0 : saved.meanLow.address);
    writer.word("savedInvStd", saved === null ? 0 : saved.invVariance.address);
  }
}
