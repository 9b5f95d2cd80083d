import { describe, expect, it } from "vitest";
import { littleEndianBytes, valuesFromLittleEndian } from "../../src/info/littleEndian.ts";

/** 1.5 and a NaN with a payload. */
const FLOAT32 = Uint8Array.of(0, 0, 0xc0, 0x3f, 1, 2, 0x83, 0xff);
const FLOAT64 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 1, 2, 3, 4, 5, 6, 0xf7, 0x7f);

describe("little-endian bytes", () => {
  it.each([
    ["float32", FLOAT32],
    ["float64", FLOAT64],
  ] as const)("of %s keep every bit", (dataType, bytes) => {
    const values = valuesFromLittleEndian(dataType, bytes.slice());
    expect(values[0]).toBe(1.5);
    expect(littleEndianBytes(values)).toEqual(bytes);
  });

  it.each([
    ["float32", FLOAT32, [0x3f, 0xc0, 0, 0, 0xff, 0x83, 2, 1]],
    ["float64", FLOAT64, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0x7f, 0xf7, 6, 5, 4, 3, 2, 1]],
  ] as const)("of %s are turned round on a big-endian host", (dataType, bytes, turned) => {
    const values = valuesFromLittleEndian(dataType, bytes.slice(), false);
    expect([...new Uint8Array(values.buffer)]).toEqual(turned);
    expect(littleEndianBytes(values, false)).toEqual(bytes);
    expect([...new Uint8Array(values.buffer)]).toEqual(turned);
  });

  it("of a view are only the view's", () => {
    const all = Float32Array.of(1, 1.5, 2);
    expect(littleEndianBytes(all.subarray(1, 2))).toEqual(Uint8Array.of(0, 0, 0xc0, 0x3f));
  });
});
