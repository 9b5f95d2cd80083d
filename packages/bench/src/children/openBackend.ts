import { type Backend, createHandler, type Handler } from "batchnorm";
import type { BackendSpec } from "../cli/backendSpec.ts";

/** A handler as a user gets it, or of the backend's package with a number of threads. */
export async function openBackend({ backend, threads }: BackendSpec): Promise<Handler> {
  if (threads === null) return createHandler({ backend });
  const specifier = `@batchnorm/${backend}`;
  const module: Record<string, (options: object) => Backend> = await import(specifier);
  return createHandler({ backend: module[backend]({ threads }) });
}
