import type { Backend, HandlerOptions } from "@batchnorm/core";

/** Strings that stand for a backend with default options. */
export type BackendName = "cudnn" | "wasm" | "cpu";

export interface CreateHandlerOptions extends HandlerOptions {
  /** `auto` (the default): the best that works here; a shorthand; or a backend object. */
  readonly backend?: "auto" | BackendName | Backend;
}
