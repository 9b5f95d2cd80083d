import {
  BatchNormError,
  type DataType,
  type DeviceMemory,
  type HostArray,
  hostArray,
} from "@batchnorm/core";

const EMPTY = new ArrayBuffer(0);

/** An ArrayBuffer, seen as elements of the data type its tensor has. */
export class CpuMemory implements DeviceMemory {
  readonly byteLength: number;
  #buffer: ArrayBuffer;
  #elements: HostArray | null = null;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
    this.#buffer = allocate(byteLength);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#buffer);
  }

  elements(dataType: DataType): HostArray {
    this.#elements ??= hostArray(dataType, this.#buffer);
    return this.#elements;
  }

  dispose(): void {
    this.#buffer = EMPTY;
    this.#elements = null;
  }
}

function allocate(byteLength: number): ArrayBuffer {
  try {
    return new ArrayBuffer(byteLength);
  } catch (cause) {
    const message = `cpu: no memory for ${byteLength} bytes`;
    throw new BatchNormError("OUT_OF_MEMORY", message, { details: { byteLength }, cause });
  }
}
