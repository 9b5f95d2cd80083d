import {
  type CreateHandlerOptions,
  createHandler,
  type Handler,
  isBatchNormError,
} from "batchnorm";
import { UsageError } from "./usageError.js";

/** @throws UsageError for a backend that does not exist or cannot run here */
export async function openHandler(backend: string): Promise<Handler> {
  try {
    // Any string may come from the command line; createHandler says which ones it takes.
    return await createHandler({ backend } as CreateHandlerOptions);
  } catch (error) {
    if (isBatchNormError(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
