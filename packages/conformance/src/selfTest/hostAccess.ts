import type { Device, DeviceMemory, TensorDescriptor } from "@batchnorm/core";
import { decodeBytes, encodeBytes } from "../layout/codec.js";

/** Lets a sabotage look at device memory and change it, as values in logical order. */
export class HostAccess {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  async bytes(memory: DeviceMemory): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(memory.byteLength);
    await this.#device.read(memory, bytes);
    return bytes;
  }

  async read(memory: DeviceMemory, descriptor: TensorDescriptor): Promise<Float64Array> {
    return decodeBytes(descriptor, await this.bytes(memory));
  }

  /** Rounds to the tensor's type; gaps stay. */
  async write(
    memory: DeviceMemory,
    descriptor: TensorDescriptor,
    values: ArrayLike<number>,
  ): Promise<void> {
    const bytes = await this.bytes(memory);
    encodeBytes(descriptor, values, bytes);
    await this.#device.write(memory, bytes);
  }

  async writeBytes(memory: DeviceMemory, bytes: Uint8Array): Promise<void> {
    await this.#device.write(memory, bytes);
  }

  /** Changes values in place: `change` gets each value and its place in logical order. */
  async map(
    memory: DeviceMemory,
    descriptor: TensorDescriptor,
    change: (value: number, index: number) => number,
  ): Promise<void> {
    await this.write(memory, descriptor, (await this.read(memory, descriptor)).map(change));
  }

  /** New memory with these values, to hand to a call instead of another. */
  async copyOf(descriptor: TensorDescriptor, values: ArrayLike<number>): Promise<DeviceMemory> {
    const memory = this.#device.allocate(descriptor.byteLength);
    await this.write(memory, descriptor, values);
    return memory;
  }
}
