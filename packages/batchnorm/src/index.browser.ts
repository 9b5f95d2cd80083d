/** The facade for browsers: the same, without the backends that need Node. */
import type { Handler } from "@batchnorm/core";
import type { CreateHandlerOptions } from "./createHandlerOptions.js";
import { selectHandler } from "./selectHandler.js";
import { BROWSER_SHORTHANDS } from "./shorthands.js";

export * from "./api.js";

/** As in Node; see the package's main entry. */
export function createHandler(options: CreateHandlerOptions = {}): Promise<Handler> {
  return selectHandler(BROWSER_SHORTHANDS, options);
}
