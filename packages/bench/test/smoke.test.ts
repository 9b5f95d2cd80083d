import { beforeAll, expect, test } from "vitest";
import type { BenchResult } from "../src/report/results.ts";
import { buildPrograms, runBench } from "./build.ts";

beforeAll(buildPrograms);

const TINY = ["--quick", "--backends", "cpu", "--peers", "none", "--shapes", "2x3x4x4"];

test("measures a tiny shape and prints valid JSON", { timeout: 20_000 }, async () => {
  const { status, stdout, stderr } = await runBench(
    ...TINY,
    "--types",
    "float32,bfloat16",
    "--json",
  );
  expect(stderr).toContain("measuring 2×3×4×4 NHWC bfloat16");
  expect(status).toBe(0);
  const result: BenchResult = JSON.parse(stdout);
  expect(result.cases).toHaveLength(4);
  for (const { operations } of result.cases) {
    expect(operations.map((one) => one.operation)).toEqual(["training", "backward", "inference"]);
    for (const { outcomes, copyMicroseconds } of operations) {
      expect(outcomes.cpu).toMatchObject({ status: "timed", samples: 3 });
      expect(copyMicroseconds).toBeGreaterThan(0);
    }
  }
  expect(result.machine.cores).toBeGreaterThan(0);
  expect(result.overhead).toMatchObject([{ participant: "cpu", calls: 1000 }]);
  expect(result.overhead[0].heapBytesPerCall).toBeLessThan(1000);
});

test("prints a Markdown table", { timeout: 20_000 }, async () => {
  const { status, stdout } = await runBench(
    ...TINY,
    "--types",
    "float32",
    "--no-overhead",
    "--markdown",
  );
  expect(status).toBe(0);
  expect(stdout).toContain("| N×C×… | layout | type | operation | copy | cpu |");
  expect(stdout).toMatch(
    /\| 2×3×4×4 \| NHWC \| float32 \| backward \| [\d.]+ \| [\d.]+ \(\d+\.\d\d\) \|/,
  );
});

test.each([
  [["--nonsense"], "unknown option '--nonsense'"],
  [["--peers", "tensorflow"], '"tensorflow" is none of pytorch, onednn, tfjs, onnxruntime'],
])("ends with status 2 for %j", async (args, message) => {
  const { status, stdout, stderr } = await runBench(...args);
  expect(stderr).toContain(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});

test("prints help and ends well", async () => {
  const { status, stdout } = await runBench("--help");
  expect(stdout).toContain("--write-readme");
  expect(status).toBe(0);
});
