import type { DeviceMemory } from "../contract/device.js";
import { BatchNormError } from "../errors/batchNormError.js";
import { checkOneOf, checkOptions } from "../errors/check.js";
import type { Handler } from "../handler/handler.js";
import { type DataType, type HostArrays, hostArray, hostView } from "../vocabulary/dataType.js";
import { disposeSymbol } from "../vocabulary/dispose.js";
import { bytesOf, convertValues, type HostValues, toNativeArray } from "./hostValues.js";
import type { TensorDescriptor } from "./tensorDescriptor.js";

/** Whoever owns a tensor that is part of an ops: it alone may dispose it, and hears of writes. */
export interface TensorOwner {
  /** For messages. */
  readonly label: string;
  /** Called after a write by the user was enqueued. */
  onWrite(tensor: Tensor): void;
}

/** How to read a tensor. */
export interface ReadOptions<A extends "float32" | "float64" = "float32" | "float64"> {
  /** Convert on the host; default: the native type, bits for 16-bit types. */
  readonly as?: A;
}

/** A descriptor plus memory on a handler's device. */
export class Tensor<T extends DataType = DataType> {
  readonly handler: Handler;
  readonly descriptor: TensorDescriptor<T>;
  /** @internal */ readonly memory: DeviceMemory;
  /** @internal */ readonly owner: TensorOwner | null;
  /** @internal The last call this tensor took part in; see `OverlapCheck`. */ mark = 0;
  #disposed = false;
  #data: HostArrays[T] | null = null;

  /** @internal Use `Handler.createTensor`. */
  constructor(
    handler: Handler,
    descriptor: TensorDescriptor<T>,
    memory: DeviceMemory,
    owner: TensorOwner | null = null,
  ) {
    this.handler = handler;
    this.descriptor = descriptor;
    this.memory = memory;
    this.owner = owner;
  }

  get disposed(): boolean {
    return this.#disposed || this.handler.disposed;
  }

  /**
   * The values in place, in storage order, without copying: valid after `synchronize`, and until the
   * next call that writes the tensor. The same object each time; another one once the device's memory
   * has grown and detached the old one, so do not keep it across `createTensor` or `stage`.
   * @throws BatchNormError `UNSUPPORTED` where the host cannot see the device's memory, `DISPOSED`,
   * `HANDLER_FAILED`
   */
  get data(): HostArrays[T] {
    const call = "Tensor.data";
    this.#checkUsable(call);
    const { bytes } = this.memory;
    if (bytes === undefined) {
      const message = `${call}: the host cannot see this device's memory; use read and write`;
      throw new BatchNormError("UNSUPPORTED", message, { details: { call } });
    }
    if (this.#data === null || this.#data.buffer !== bytes.buffer) {
      const { dataType, storageLength } = this.descriptor;
      this.#data = hostView(dataType, bytes.buffer, bytes.byteOffset, storageLength);
    }
    return this.#data;
  }

  /**
   * The values as they are at this place in the order of calls, in storage order, gaps included.
   * @throws BatchNormError (as rejection) `DISPOSED`, `HANDLER_FAILED`, or what failed before
   */
  read(): Promise<HostArrays[T]>;
  read(options: ReadOptions<"float32"> & { as: "float32" }): Promise<Float32Array>;
  read(options: ReadOptions<"float64"> & { as: "float64" }): Promise<Float64Array>;
  async read(options: ReadOptions = {}): Promise<HostArrays[DataType]> {
    const call = "Tensor.read";
    const { as } = checkOptions(call, options, ["as"]);
    const target = as === undefined ? null : checkOneOf(call, "as", as, ["float32", "float64"]);
    this.#checkUsable(call);
    const { dataType, storageLength } = this.descriptor;
    const native: HostArrays[DataType] = hostArray(dataType, storageLength);
    await this.handler.device.read(this.memory, bytesOf(native));
    this.handler.checkHealthy(call);
    return target === null ? native : convertValues(dataType, native, target);
  }

  /**
   * Overwrites all values, given in storage order. Do not change `values` before the promise resolves.
   * @throws BatchNormError (as rejection) `DATA_TYPE_MISMATCH`, `LENGTH_MISMATCH`,
   * `INVALID_ARGUMENT`, `DISPOSED`, `HANDLER_FAILED`
   */
  async write(values: HostValues): Promise<void> {
    const call = "Tensor.write";
    this.#checkUsable(call);
    const native = toNativeArray(call, this.descriptor, values);
    const written = this.handler.device.write(this.memory, bytesOf(native));
    this.owner?.onWrite(this);
    await written;
    this.handler.checkHealthy(call);
  }

  /**
   * Frees the memory. A second call does nothing.
   * @throws BatchNormError `INVALID_ARGUMENT` for a tensor that belongs to an ops: dispose that.
   */
  dispose(): void {
    if (this.owner === null) {
      this.release();
      return;
    }
    const message = `Tensor.dispose: this tensor belongs to ${this.owner.label}; dispose that instead`;
    throw new BatchNormError("INVALID_ARGUMENT", message, { details: { call: "Tensor.dispose" } });
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** @internal What the owner calls. */
  release(): void {
    if (this.disposed) return;
    this.#disposed = true;
    this.memory.dispose();
  }

  #checkUsable(call: string): void {
    this.handler.checkUsable(call);
    if (!this.#disposed) return;
    throw new BatchNormError("DISPOSED", `${call}: the tensor was disposed`, { details: { call } });
  }
}
