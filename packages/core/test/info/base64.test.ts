import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { base64Fault, base64Length, decodeBase64, encodeBase64 } from "../../src/info/base64.ts";

// Slow only on a machine busy with other work.
vi.setConfig({ testTimeout: 60_000 });

describe("base64", () => {
  it("writes and reads what Node does, at any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(text).toHaveLength(base64Length(bytes.length));
        expect(decodeBase64(text, bytes.length)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it.each([6143, 6144, 6145, 100_000])("writes %d bytes, which take several chunks", (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
    const text = encodeBase64(bytes);
    expect(text === Buffer.from(bytes).toString("base64")).toBe(true);
    expect(Buffer.compare(decodeBase64(text, length) ?? new Uint8Array(), bytes)).toBe(0);
  });

  it("reads a text only if writing gives it back", () => {
    const letters = fc.constantFrom(..."AB+/9zQg=-_ \n\u00c1\u0141");
    const text = fc.array(letters, { minLength: 4, maxLength: 4 }).map((four) => four.join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 3 }), (four, byteLength) => {
        const bytes = decodeBase64(four, byteLength);
        const isCanonical =
          Buffer.from(four, "base64").length === byteLength &&
          Buffer.from(four, "base64").toString("base64") === four;
        expect(bytes !== null).toBe(isCanonical);
        if (bytes !== null) expect(encodeBase64(bytes)).toBe(four);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["AA-A", 3, '"-" at character 2'],
    ["AA_A", 3, '"_" at character 2'],
    ["A\nAA", 3, '"\\n" at character 1'],
    ["AAA=", 3, '"=" at character 3'],
    ["AAAA", 2, '"A" at character 3'],
    ["AA=A", 1, '"A" at character 3'],
    ["A===", 1, '"=" at character 1'],
    ["AB==", 1, "bits set after the last byte"],
    ["AAB=", 2, "bits set after the last byte"],
    ["AAA\u0141", 3, '"\u0141" at character 3'],
  ])("says what is wrong with %j as %d bytes", (text, byteLength, fault) => {
    expect(decodeBase64(text, byteLength)).toBeNull();
    expect(base64Fault(text, byteLength)).toBe(fault);
  });
});
