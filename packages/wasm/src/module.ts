import { MODULE_BASE64, SHARED_FLAG_OFFSET } from "./generated/module.js";

/**
 * The compiled module, for a shared or a plain memory: the two differ in one flag of the import.
 * @throws WebAssembly.CompileError without SIMD
 */
export function compileModule(shared: boolean): Promise<WebAssembly.Module> {
  const bytes = decode(MODULE_BASE64);
  if (!shared) bytes[SHARED_FLAG_OFFSET] = 1;
  return WebAssembly.compile(bytes);
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
