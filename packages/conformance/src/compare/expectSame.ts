import { check } from "./conformanceError.js";

/** Equal values; NaN equals NaN, and 0 equals −0. */
export function expectEqual(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  check(
    got.length === expected.length,
    `${what}: expected ${expected.length} values, got ${got.length}`,
  );
  for (let i = 0; i < expected.length; i++) {
    const same = got[i] === expected[i] || Object.is(got[i], expected[i]);
    check(same, `${what}[${i}]: expected ${expected[i]}, got ${got[i]}`);
  }
}

/** Equal to the bit, NaN payloads and signs of zeros included. */
export function expectSameBytes(what: string, got: Uint8Array, expected: Uint8Array): void {
  check(
    got.length === expected.length,
    `${what}: expected ${expected.length} bytes, got ${got.length}`,
  );
  const index = got.findIndex((byte, i) => byte !== expected[i]);
  check(index < 0, `${what}: byte ${index} is ${got[index]}, expected ${expected[index]}`);
}

export function expectFinite(what: string, got: ArrayLike<number>): void {
  for (let i = 0; i < got.length; i++) {
    check(Number.isFinite(got[i]), `${what}[${i}]: expected a finite value, got ${got[i]}`);
  }
}

/** Within `allowed` of the expected values, each of which is finite. */
export function expectWithin(
  what: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number,
): void {
  check(
    got.length === expected.length,
    `${what}: expected ${expected.length} values, got ${got.length}`,
  );
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(got[i] - expected[i]);
    check(
      error <= allowed,
      `${what}[${i}]: expected ${expected[i]}, got ${got[i]}, where ${allowed} is allowed`,
    );
  }
}
