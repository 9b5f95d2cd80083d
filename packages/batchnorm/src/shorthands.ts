import type { Backend } from "@batchnorm/core";
import { cpu } from "@batchnorm/cpu";

/** A way to a backend: what a shorthand string, or a backend object, stands for. */
export interface Candidate {
  readonly name: string;
  load(): Promise<Backend>;
  /** The next command to type where it cannot be loaded or opened. */
  readonly next: string;
}

const cudnnShorthand = /* @__PURE__ */ optionalPackage("cudnn");
const wasmShorthand: Candidate = {
  name: "wasm",
  // Not before it is asked for: a page may never need it.
  load: async () => (await import("@batchnorm/wasm")).wasm(),
  next: "npm install batchnorm",
};
const cpuShorthand: Candidate = {
  name: "cpu",
  load: async () => cpu(),
  next: "npm install batchnorm",
};

/** The one map from strings to packages, best first: `auto` takes the first that works. */
export const NODE_SHORTHANDS: readonly Candidate[] = [cudnnShorthand, wasmShorthand, cpuShorthand];

/** What a browser can run. */
export const BROWSER_SHORTHANDS: readonly Candidate[] = [wasmShorthand, cpuShorthand];

/** The package `@batchnorm/<name>`, which exports a function of that name; loaded only when asked for. */
function optionalPackage(name: string): Candidate {
  const specifier = `@batchnorm/${name}`;
  return {
    name,
    next: `npm install ${specifier}`,
    async load() {
      // Not a literal: bundlers must not demand a package that is optional.
      const module: Record<string, unknown> = await import(/* @vite-ignore */ specifier);
      return (module[name] as () => Backend)();
    },
  };
}
