import type { Backend } from "@batchnorm/core";
import { QueuedDevice } from "./queuedDevice.js";
import type { Sabotage } from "./sabotage.js";

/** The backend with every device wrapped; each device has a sabotage of its own. */
export function sabotagedBackend(good: Backend, name: string, create: () => Sabotage): Backend {
  return Object.freeze({
    specificationVersion: good.specificationVersion,
    name: `${good.name}, ${name}`,
    probe: () => good.probe(),
    openDevice: async () => new QueuedDevice(await good.openDevice(), create()),
  });
}

/**
 * A correct but hostile form of a backend: nothing is done when a call returns, call records are
 * copied and run later, in order. The suite must pass on it, or it would not fit asynchronous backends.
 */
export function deferredBackend(good: Backend): Backend {
  return sabotagedBackend(good, "deferred", () => ({}));
}
