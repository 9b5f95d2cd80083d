import { type Backend, SPECIFICATION_VERSION } from "@batchnorm/core";
import { CpuDevice } from "./device/cpuDevice.js";

/**
 * The reference backend. Runs wherever JavaScript does; slow next to the others, and the one whose
 * code says what the numbers mean.
 */
export function cpu(): Backend {
  return Object.freeze({
    specificationVersion: SPECIFICATION_VERSION,
    name: "cpu",
    probe: async () => ({ available: true, found: "JavaScript" }) as const,
    openDevice: async () => new CpuDevice(),
  });
}
