/** Batch normalization: one Ops API, one saved format, interchangeable backends. */
import type { Handler } from "@batchnorm/core";
import type { CreateHandlerOptions } from "./createHandlerOptions.js";
import { selectHandler } from "./selectHandler.js";
import { NODE_SHORTHANDS } from "./shorthands.js";

export * from "./api.js";

/**
 * Opens a handler: `handler.selection` says which backend was taken and why better ones were not.
 * @throws BatchNormError `BACKEND_UNAVAILABLE` with what was tried, what was found and the next
 * command to type; `INVALID_ARGUMENT`; `SPECIFICATION_VERSION_MISMATCH`
 */
export function createHandler(options: CreateHandlerOptions = {}): Promise<Handler> {
  return selectHandler(NODE_SHORTHANDS, options);
}
