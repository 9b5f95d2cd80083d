import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { type Backend, createHandler, type Handler } from "batchnorm";
import type { BackendSpec } from "../cli/backendSpec.ts";

/** A handler as a user gets it, or of the backend's package with a number of threads. */
export async function openBackend({ backend, threads }: BackendSpec): Promise<Handler> {
  if (threads === null) return createHandler({ backend });
  const module = await import(pathToFileURL(packageOf(backend)).href);
  const make: (options: object) => Backend = module[backend];
  return createHandler({ backend: make({ threads }) });
}

/** The backend's package as the facade finds it: it is a dependency of the facade, not of this one. */
function packageOf(backend: string): string {
  const facade = createRequire(import.meta.url).resolve("batchnorm");
  return createRequire(facade).resolve(`@batchnorm/${backend}`);
}
