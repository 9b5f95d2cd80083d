import { bytesPerElement, type DataType } from "@batchnorm/core";

/** Elements in the 16 bytes that a thread reads or writes at once. */
export function granuleOf(dataType: DataType): number {
  return 16 / bytesPerElement(dataType);
}
