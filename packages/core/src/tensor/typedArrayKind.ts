const prototype: object = Object.getPrototypeOf(Uint8Array.prototype);

const kindGetter = getterOf(Symbol.toStringTag);
const lengthGetter = getterOf("length");

/**
 * `Float32Array`, `Uint16Array`… or undefined for anything else. Asks the built-in getters, so that
 * arrays of another realm count and no code of the caller's runs.
 */
export function typedArrayKind(value: unknown): string | undefined {
  return kindGetter.call(value) as string | undefined;
}

export function typedArrayLength(value: object): number {
  return lengthGetter.call(value) as number;
}

function getterOf(key: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get as () => unknown;
}
