import { type Backend, type Capabilities, type Handler, openHandler } from "@batchnorm/core";

/** What decides which cases can be asked: the capabilities, and the optional parts there are. */
export interface Declared extends Capabilities {
  /** Handlers have `timing`. */
  readonly timing: boolean;
}

export function declaredBy({ capabilities, timing }: Handler): Declared {
  const dataTypes = Object.freeze([...capabilities.dataTypes]);
  const blendedResidual = Object.freeze([...capabilities.blendedResidual]);
  return Object.freeze({ ...capabilities, dataTypes, blendedResidual, timing: timing !== null });
}

/** What the backend declares, from a handler opened for this only. */
export async function readDeclared(backend: Backend): Promise<Declared> {
  const handler = await openHandler(backend);
  const declared = declaredBy(handler);
  handler.dispose();
  return declared;
}
