import type { DeviceMemory } from "@batchnorm/core";
import type { NativeMemory } from "../native/addon.js";

/** Memory on the card, and what the host knows of its contents. */
export class CudnnMemory implements DeviceMemory {
  /** @internal */ readonly native: NativeMemory;
  /** On the device; 0 for no bytes. */
  readonly address: number;
  readonly byteLength: number;
  /** Another number whenever the contents may have changed. */
  version = 0;
  /** Nothing but zeros since it was made or cleared. */
  knownZero = true;

  constructor(native: NativeMemory) {
    this.native = native;
    this.address = native.address;
    this.byteLength = native.byteLength;
  }

  /** To be told whenever something writes here. */
  touch(): void {
    this.version++;
    this.knownZero = false;
  }

  dispose(): void {
    this.native.dispose();
  }
}
