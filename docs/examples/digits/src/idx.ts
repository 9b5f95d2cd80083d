/** Bytes of any shape, as in the files of MNIST. */
export interface Idx {
  readonly dims: readonly number[];
  readonly values: Uint8Array;
}

const UNSIGNED_BYTES = 0x08;

/**
 * The IDX format: two zero bytes, the type of the values, the number of dims, each dim as four bytes
 * (big-endian), then the values.
 */
export function parseIdx(bytes: Uint8Array): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTES) {
    throw new Error("Not an IDX file of unsigned bytes");
  }
  const rank = view.getUint8(3);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const values = bytes.subarray(4 + 4 * rank);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (values.length !== count) {
    throw new Error(`An IDX file of ${count} values holds ${values.length}`);
  }
  return { dims, values };
}
