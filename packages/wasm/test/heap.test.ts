import { isBatchNormError } from "@batchnorm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap } from "../src/memory/heap.ts";
import { createMemory } from "./support/rig.ts";

const PAGE = 65536;
/** Two threads never write to one cache line. */
const LINE = 64;
const roundedUp = (bytes: number) => Math.ceil(Math.max(bytes, 1) / LINE) * LINE;

function heapOf(pages = 1): Heap {
  return new Heap(createMemory(false, pages));
}

function bytesAt(heap: Heap, start: number, length: number): Uint8Array {
  return new Uint8Array(heap.memory.buffer, start, length);
}

test("hands out whole cache lines, and never address 0", () => {
  const heap = heapOf();
  const starts = [0, 1, 63, 64, 65].map((bytes) => heap.allocate(bytes));
  expect(starts.filter((start) => start % LINE !== 0 || start === 0)).toEqual([]);
  expect(new Set(starts).size).toBe(5);
  expect(heap.used).toBe(LINE * 6);
});

test("grows by what is missing, once the free memory at its end is used up", () => {
  const heap = heapOf(2);
  heap.allocate(PAGE);
  expect(heap.memory.buffer.byteLength).toBe(2 * PAGE);
  heap.allocate(2 * PAGE);
  expect(heap.memory.buffer.byteLength).toBe(4 * PAGE);
  const start = heap.allocate(10 * PAGE);
  expect(start + 10 * PAGE).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
});

const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

test.each(orders)("neighbours freed in the order %i, %i, %i become one block", (...order) => {
  const heap = heapOf();
  const starts = [1000, 2000, 3000].map((bytes) => heap.allocate(bytes));
  const guard = heap.allocate(PAGE / 2);
  for (const index of order) heap.free(starts[index], 1000 * (index + 1));
  const all = [1000, 2000, 3000].map(roundedUp).reduce((sum, size) => sum + size);
  expect(heap.allocate(all)).toBe(starts[0]);
  expect(guard).toBeGreaterThan(starts[2]);
  expect(heap.memory.buffer.byteLength).toBe(PAGE);
});

test("memory that is used again is zero again", () => {
  const heap = heapOf();
  const first = heap.allocate(500);
  bytesAt(heap, first, 500).fill(255);
  heap.free(first, 500);
  const second = heap.allocate(1000);
  expect(second).toBe(first);
  expect(bytesAt(heap, second, 1000).every((byte) => byte === 0)).toBe(true);
});

test("what is beyond 32-bit addresses is refused, and the heap goes on", () => {
  const heap = heapOf();
  const kept = heap.allocate(100);
  let caught: unknown;
  try {
    heap.allocate(5 * 2 ** 30);
  } catch (error) {
    caught = error;
  }
  expect(isBatchNormError(caught, "OUT_OF_MEMORY")).toBe(true);
  const message = (caught as Error).message;
  expect(message).toContain("32-bit");
  expect(message).toContain(String(5 * 2 ** 30));
  expect(message).toContain(String(2 ** 32));
  expect(heap.used).toBe(roundedUp(100));
  expect(heap.memory.buffer.byteLength).toBe(PAGE);
  heap.free(kept, 100);
  expect(heap.allocate(PAGE / 2)).toBe(kept);
});

test("an engine that has no memory left is OUT_OF_MEMORY too, with its error as the cause", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const heap = new Heap(memory);
  let caught: unknown;
  try {
    heap.allocate(3 * PAGE);
  } catch (error) {
    caught = error;
  }
  expect(isBatchNormError(caught, "OUT_OF_MEMORY")).toBe(true);
  expect((caught as Error).cause).toBeInstanceOf(RangeError);
  expect(heap.used).toBe(0);
  expect(heap.allocate(PAGE)).toBeGreaterThan(0);
});

describe("property", () => {
  interface Piece {
    readonly start: number;
    readonly bytes: number;
    readonly mark: number;
  }

  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ bytes: fc.nat({ max: 40_000 }) }) },
    { weight: 2, arbitrary: fc.record({ drop: fc.nat() }) },
  );

  function allocate(heap: Heap, live: Piece[], bytes: number, mark: number): void {
    const start = heap.allocate(bytes);
    const end = start + bytes;
    expect(start % LINE).toBe(0);
    expect(end).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
    const overlapping = live.filter((one) => start < one.start + one.bytes && one.start < end);
    expect(overlapping).toEqual([]);
    const view = bytesAt(heap, start, bytes);
    expect(view.every((byte) => byte === 0)).toBe(true);
    view.fill(mark);
    live.push({ start, bytes, mark });
  }

  function drop(heap: Heap, live: Piece[], index: number): void {
    const [piece] = live.splice(index, 1);
    // Nobody else has written there.
    const view = bytesAt(heap, piece.start, piece.bytes);
    expect(view.every((byte) => byte === piece.mark)).toBe(true);
    heap.free(piece.start, piece.bytes);
  }

  test("pieces never overlap, start as zeros, keep what is written, and are counted", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = heapOf();
        const live: Piece[] = [];
        let mark = 0;
        for (const one of steps) {
          if ("bytes" in one) allocate(heap, live, one.bytes, (mark++ % 255) + 1);
          else if (live.length > 0) drop(heap, live, one.drop % live.length);
          const sum = live.reduce((total, piece) => total + roundedUp(piece.bytes), 0);
          expect(heap.used).toBe(sum);
        }
        while (live.length > 0) drop(heap, live, live.length - 1);
        // One block again: all of it can be had at once, without growing.
        const size = heap.memory.buffer.byteLength;
        expect(heap.used).toBe(0);
        heap.allocate(size - LINE);
        expect(heap.memory.buffer.byteLength).toBe(size);
      }),
      { numRuns: 150 },
    );
  });
});
