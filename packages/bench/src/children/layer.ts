import { statisticsDataType } from "@batchnorm/core";
import { type Handler, type HostValues, type Ops, preStageSpatial, type Tensor } from "batchnorm";
import type { Operation } from "../operations.ts";
import { readValues } from "../protocol/files.ts";
import type { LoadedCase } from "../protocol/messages.ts";

const AVERAGING_FACTOR = 0.1;

/** One of this project's layers on one case, with its tensors and a call for each operation. */
export class Layer {
  readonly ops: Ops;
  readonly results: Readonly<Record<"y" | "dx" | "dScale" | "dBias", Tensor>>;
  readonly calls: Readonly<Record<Operation, () => void>>;
  readonly #tensors: Tensor[] = [];

  constructor(handler: Handler, loaded: LoadedCase) {
    const { folder, dims, format, dataType, epsilon } = loaded;
    const create = (descriptor: Tensor["descriptor"], values?: HostValues) => {
      const tensor = handler.createTensor(descriptor, values);
      this.#tensors.push(tensor);
      return tensor;
    };
    const x = handler.createTensor({ dataType, format, dims }, readValues(folder, "x", dataType));
    this.#tensors.push(x);
    this.ops = preStageSpatial(handler);
    this.ops.stage(x);
    const parameters = this.ops.scaleBiasDescriptor;
    const parameter = (name: string) => create(parameters, parameterValues(loaded, name));
    const dy = create(x.descriptor, readValues(folder, "dy", dataType));
    const scale = parameter("scale");
    const bias = parameter("bias");
    const y = create(x.descriptor);
    const dx = create(x.descriptor);
    const dScale = create(parameters);
    const dBias = create(parameters);
    this.results = { y, dx, dScale, dBias };
    const training = { x, scale, bias, y, epsilon, averagingFactor: AVERAGING_FACTOR };
    const backward = { x, scale, dy, dx, dScale, dBias };
    const inference = { x, scale, bias, y, epsilon };
    this.calls = {
      training: () => this.ops.forwardTraining(training),
      backward: () => this.ops.backward(backward),
      inference: () => this.ops.forwardInference(inference),
    };
    // Backward needs saved statistics, whichever operation is asked for first.
    this.calls.training();
  }

  /** Sets the running statistics to those of the case, which training has changed. */
  async setRunning(loaded: LoadedCase): Promise<void> {
    await this.ops.runningMean.write(parameterValues(loaded, "mean"));
    await this.ops.runningVariance.write(parameterValues(loaded, "variance"));
  }

  dispose(): void {
    this.ops.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
  }
}

function parameterValues({ folder, dataType }: LoadedCase, name: string) {
  return readValues(folder, name, statisticsDataType(dataType));
}
