import {
  type Backend,
  BatchNormError,
  type Capabilities,
  type Device,
  type DeviceMemory,
} from "@batchnorm/core";
import { expect, test } from "vitest";
import { conformance, runPlain } from "../src/index.js";

interface StubMemory extends DeviceMemory {
  readonly bytes: Uint8Array;
}

/** Has memory and nothing else: plans cannot be made. */
function stubDevice(capabilities: Capabilities, events: string[]): Device<StubMemory> {
  return {
    description: { kind: "cpu", name: "stub" },
    capabilities,
    failure: null,
    allocate: (byteLength) => ({ byteLength, bytes: new Uint8Array(byteLength), dispose() {} }),
    initialize: ({ bytes }, source) => bytes.set(source),
    write: async ({ bytes }, source) => bytes.set(source),
    read: async ({ bytes }, target) => target.set(bytes),
    createPlan() {
      throw new BatchNormError("UNSUPPORTED", "stub: no plans");
    },
    synchronize: async () => {},
    dispose: () => events.push("disposed"),
  };
}

function stubBackend(declared: Partial<Capabilities> = {}, events: string[] = []): Backend {
  const capabilities: Capabilities = {
    dataTypes: ["float32"],
    strides: "packed",
    maxRank: 5,
    maxStridedRank: null,
    backwardInference: false,
    blendedResidual: [],
    accuracy: "plainMean",
    deterministic: false,
    ...declared,
  };
  return {
    specificationVersion: 1,
    name: "stub",
    probe: async () => ({ available: true, found: "a stub" }),
    async openDevice() {
      events.push("opened");
      return stubDevice(capabilities, events) as Device;
    },
  };
}

/** Names of the cases that are registered, and those skipped with their reasons. */
async function registered(backend: Backend) {
  const cases = new Map<string, () => Promise<void>>();
  const skips = new Map<string, string>();
  const runner = {
    test: (name: string, run: () => Promise<void>) => cases.set(name, run),
    skip: (name: string, reason: string) => skips.set(name, reason),
  };
  const lines: string[] = [];
  const count = await conformance(runner, backend, { report: (line) => lines.push(line) });
  return { cases, skips, lines, count };
}

test("every case is registered or skipped with a reason, whatever is declared", async () => {
  const modest = await registered(stubBackend());
  const everything = await registered(
    stubBackend({
      dataTypes: ["float32", "float64", "float16", "bfloat16"],
      strides: "arbitrary",
      maxRank: null,
      maxStridedRank: null,
      backwardInference: true,
      blendedResidual: ["float32", "float64", "float16", "bfloat16"],
      accuracy: "extendedMean",
      deterministic: true,
    }),
  );
  const names = ({ cases, skips }: typeof modest) => [...cases.keys(), ...skips.keys()].sort();
  expect(names(modest)).toEqual(names(everything));
  expect(modest.skips.size).toBeGreaterThan(everything.skips.size);
  for (const reason of modest.skips.values()) expect(reason).toMatch(/declared$/);
  expect(modest.count).toEqual({ registered: modest.cases.size, skipped: modest.skips.size });
  const { size } = modest.cases;
  expect(modest.lines).toEqual([
    `conformance of stub: ${size} cases, ${modest.skips.size} skipped`,
  ]);
});

test("names of cases are unique", async () => {
  const names: string[] = [];
  const push = (name: string) => names.push(name);
  await conformance({ test: push, skip: push }, stubBackend());
  expect(new Set(names).size).toBe(names.length);
});

test("what a case opens is disposed, also when it fails", async () => {
  const events: string[] = [];
  const { cases } = await registered(stubBackend({}, events));
  events.length = 0;
  const failing = cases.get("rule 2: running variance is unbiased") as () => Promise<void>;
  await expect(failing()).rejects.toThrow("no plans");
  expect(events).toEqual(["opened", "disposed"]);
});

test("a plain run prints failures and skips, and closes with the counts", async () => {
  const lines: string[] = [];
  const only = [
    "tensors: without values all are zero",
    "rule 2: running variance is unbiased",
    "accuracy: float64 is float64 throughout",
  ];
  const result = await runPlain(stubBackend(), (line) => lines.push(line), { only });
  expect(lines).toEqual([
    "skipped: accuracy: float64 is float64 throughout (float64 is not declared)",
    "FAILED: rule 2: running variance is unbiased: perActivation: Ops.stage: stub: no plans",
    "1 passed, 1 failed, 1 skipped",
  ]);
  expect(result).toMatchObject({ passed: 1, failed: 1, skipped: 1 });
});

test("a backend that cannot open is an error, not an empty suite", async () => {
  const backend: Backend = {
    ...stubBackend(),
    openDevice: async () => {
      throw new BatchNormError("BACKEND_UNAVAILABLE", "stub: not here");
    },
  };
  await expect(runPlain(backend, () => {})).rejects.toThrow("not here");
});

test("backends that must give the same bits are one more case each", async () => {
  const twin = { ...stubBackend(), name: "stub with 4 threads" };
  const names: string[] = [];
  const runner = { test: (name: string) => names.push(name), skip: () => {} };
  await conformance(runner, stubBackend(), { twins: [twin] });
  expect(names).toContain("rule 18: the same calls give the same bits on stub with 4 threads");
});
