import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DataType, type HostArrays, hostArray } from "@batchnorm/core";

/** Reads `<folder>/<name>.bin`, values of one data type without a header. */
export function readValues<T extends DataType>(
  folder: string,
  name: string,
  dataType: T,
): HostArrays[T] {
  const bytes = readFileSync(fileOf(folder, name));
  const whole = new Uint8Array(bytes.byteLength);
  whole.set(bytes);
  return hostArray(dataType, whole.buffer);
}

export function writeValues(folder: string, name: string, values: ArrayBufferView): void {
  const { buffer, byteOffset, byteLength } = values;
  writeFileSync(fileOf(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.bin`);
}
