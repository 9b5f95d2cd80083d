import { expect, test } from "vitest";
import { replaceBetweenMarkers } from "../../src/report/readme.ts";
import { report } from "../../src/report/report.ts";
import type { BenchResult, Outcome } from "../../src/report/results.ts";
import { resultTable } from "../../src/report/rows.ts";

const timed = (median: number, samples = 15): Outcome => {
  return { status: "timed", median, minimum: median, spread: 0, samples, iterations: 1 };
};

const result: BenchResult = {
  schema: 1,
  date: "2026-01-02T03:04:05.000Z",
  machine: {
    processor: "A Processor",
    cores: 2,
    memoryGigabytes: 8,
    node: "20.0.0",
    platform: "linux x64",
    load: 0,
  },
  threads: 2,
  rounds: 15,
  participants: [
    { name: "wasm:2", role: "backend", absent: "not built", install: "build it" },
    { name: "cpu", role: "backend", version: "this project", threads: null, note: "plain" },
    { name: "quick", role: "peer", version: "1", threads: 2, note: "n" },
    { name: "bad", role: "peer", version: "1", threads: 1, note: "n" },
  ],
  cases: [
    {
      shape: [1024, 256],
      format: "NCHW",
      dataType: "float32",
      copies: { "copy, C memcpy": timed(100) },
      operations: [
        {
          operation: "training",
          copyMicroseconds: 150,
          outcomes: {
            cpu: timed(300, 5),
            quick: timed(600),
            bad: { status: "wrong", reason: "y: off by 1" },
          },
        },
      ],
    },
  ],
  overhead: [{ participant: "cpu", calls: 10, microsecondsPerCall: 1.234, heapBytesPerCall: 99.6 }],
};

test("a row has the copy, times with their fraction, and the ratio to the backend that ran", () => {
  expect(resultTable(result)).toEqual({
    header: [
      "N×C×…",
      "layout",
      "type",
      "operation",
      "copy",
      "cpu",
      "quick",
      "bad",
      "best peer ÷ cpu",
    ],
    rows: [
      ["1024×256", "–", "float32", "training", "150", "300 (0.50)", "600 (0.25)", "WRONG", "2.00"],
    ],
  });
});

test("the report names the machine, the absent, the wrong, the slow, the copy rate and the overhead", () => {
  const text = report(result, "markdown");
  expect(text).toContain("A Processor, 2 cores, 8 GiB, linux x64, Node 20.0.0");
  expect(text).toContain("- wasm:2: absent: not built. To get it: build it");
  expect(text).toContain("- WRONG: bad, 1024×256 NCHW float32, training: y: off by 1");
  expect(text).toContain("- cpu: 5 samples only where a call takes over 200 ms (rows: 1)");
  expect(text).toContain("| 1024×256 | float32 | 1.0 | 21.0 |");
  expect(text).toContain(
    "- cpu: training on 8 values: 1.23 µs, 100 bytes of heap a call (10 calls)",
  );
  expect(text).not.toContain("BUSY");
});

test("says that the machine was busy", () => {
  const busy = { ...result, machine: { ...result.machine, load: 1.5 } };
  expect(report(busy, "text")).toContain("BUSY: load 1.5");
});

test("the README keeps what is outside the markers", () => {
  const text = "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter";
  expect(replaceBetweenMarkers(text, "new")).toBe(
    "before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter",
  );
  expect(() => replaceBetweenMarkers("nothing", "new")).toThrow("bench:begin");
});
