import type { Backend, Probe } from "@batchnorm/core";
import { cpu } from "@batchnorm/cpu";
import type { Candidate } from "../../src/shorthands.ts";

/** The CPU's device under another name, with some members replaced. */
export function backendOf(name: string, changes: object = {}): Backend {
  return { ...cpu(), name, ...changes };
}

export const unavailable = {
  available: false,
  tried: ["open libfancy.so.9", "ask fancy-smi"],
  found: "no fancy card",
  next: "apt-get install fancy",
} as const satisfies Probe;

/** A way to a backend, as one line of the map from strings to packages. */
export function candidateOf(name: string, load: () => unknown): Candidate {
  return {
    name,
    load: async () => load() as Backend,
    next: `npm install @batchnorm/${name}`,
  };
}

export const fails = (message: string) => (): never => {
  throw new Error(message);
};

/** Every way in which a backend can be of no use, with what its refusal must say. */
export const BROKEN: [string, () => unknown, { tried: string[]; found: string; next: string }][] = [
  [
    "whose package is missing",
    fails("Cannot find package '@batchnorm/broken'\nRequire stack: …"),
    {
      tried: ["load its package"],
      found: "Cannot find package '@batchnorm/broken'",
      next: "npm install @batchnorm/broken",
    },
  ],
  [
    "that is not available",
    () => backendOf("broken", { probe: async () => unavailable }),
    { tried: [...unavailable.tried], found: unavailable.found, next: unavailable.next },
  ],
  [
    "whose probe throws",
    () => backendOf("broken", { probe: async () => fails("segmentation fault")() }),
    {
      tried: ["load its package", "probe the machine"],
      found: "segmentation fault",
      next: "npm install @batchnorm/broken",
    },
  ],
  [
    "whose device does not open",
    () => backendOf("broken", { openDevice: async () => fails("device busy")() }),
    {
      tried: ["load its package", "probe the machine", "open the device"],
      found: "device busy",
      next: "npm install @batchnorm/broken",
    },
  ],
];
