import { expect } from "vitest";
import type { Ended } from "./child.ts";

/** The child came to its end by itself, left nothing behind and did nothing undefined. */
export function expectClean(ended: Ended): void {
  expect(ended, ended.stderr).toMatchObject({ code: 0, signal: null });
  expect(ended.alive).toEqual({});
  expect(ended.counts.misuse, ended.lastMisuse).toBe(0);
  expect(ended.counts.pageable).toBe(0);
}
