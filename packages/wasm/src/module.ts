import { MODULE_DEFLATED_BASE64, SHARED_FLAG_OFFSET } from "./generated/module.js";

/**
 * The compiled module, for a shared or a plain memory: the two differ in one flag of the import.
 * @throws WebAssembly.CompileError without SIMD
 */
export async function compileModule(shared: boolean): Promise<WebAssembly.Module> {
  const bytes = await moduleBytes();
  if (!shared) bytes[SHARED_FLAG_OFFSET] = 1;
  return WebAssembly.compile(bytes);
}

/** The module as it was built, for a shared memory. */
export async function moduleBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const deflated = new Blob([decode(MODULE_DEFLATED_BASE64)]).stream();
  const inflated = deflated.pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
