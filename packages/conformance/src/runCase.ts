import { type Backend, type Handler, openHandler } from "@batchnorm/core";
import type { Case } from "./case.js";
import type { Declared } from "./declared.js";

/** What random cases depend on. */
export interface CaseOptions {
  /** Of everything random. A failed property prints it. Default 1. */
  readonly seed?: number | undefined;
  /** Runs of each property. Default 40. */
  readonly runs?: number | undefined;
}

/** Runs one case on a fresh handler, and disposes what it opened. */
export async function runCase(
  { run }: Case,
  backend: Backend,
  capabilities: Declared,
  { seed = 1, runs = 40 }: CaseOptions,
): Promise<void> {
  const opened: Handler[] = [];
  const open: typeof openHandler = async (from, options) => {
    const handler = await openHandler(from, options);
    opened.push(handler);
    return handler;
  };
  try {
    const handler = await open(backend);
    const context = { backend, handler, capabilities, seed, runs };
    await run({ ...context, open: (options) => open(backend, options) });
  } finally {
    for (const handler of opened) handler.dispose();
  }
}
