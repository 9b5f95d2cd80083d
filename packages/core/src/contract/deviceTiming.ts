/** The clock of a device: how long it works, apart from what the host does meanwhile. */
export interface DeviceTiming {
  /**
   * Milliseconds on the device from the start to the end of what `work` enqueues. `work` is called
   * once, before this returns, and counts until it returns or first awaits; what it throws rejects the
   * promise. Waits for nothing else. One measurement at a time: `work` does not measure itself.
   */
  measure(work: () => void): Promise<number>;
}
