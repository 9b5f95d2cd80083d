import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runScript, scriptOf } from "./support/child.ts";

const LAYER = `
  const spec = { dataType: "float32", format: "NCHW", dims: [16, 32, 24, 24] };
  async function train(options) {
    const handler = await openHandler(wasm(options));
    const ops = preStageSpatial(handler);
    ops.stage(spec);
    const values = Float32Array.from({ length: 16 * 32 * 24 * 24 }, (_, i) => Math.sin(i) + i / 1e6);
    const x = handler.createTensor(spec, values);
    const y = handler.createTensor(spec);
    const scale = handler.createTensor(ops.scaleBiasDescriptor, new Float32Array(32).fill(2));
    const bias = handler.createTensor(ops.scaleBiasDescriptor);
    ops.forwardTraining({ x, y, scale, bias, averagingFactor: 1 });
    const bits = new Uint32Array((await y.read()).buffer);
    return { handler, sum: bits.reduce((sum, one) => (sum + one) >>> 0, 0) };
  }
`;

type Script = Awaited<ReturnType<typeof scriptOf>>;
const scripts: Script[] = [];

async function script(body: string): Promise<string> {
  const made = await scriptOf(LAYER + body);
  scripts.push(made);
  return made.file;
}

let expected: string;

beforeAll(async () => {
  const file = await script(`
    const { handler, sum } = await train({ threads: 1 });
    handler.dispose();
    console.log(sum);`);
  expected = (await runScript(file)).stdout;
});

afterAll(() => {
  for (const { remove } of scripts) remove();
});

test("a process that never disposes its handlers ends by itself", async () => {
  const file = await script(`
    const { sum } = await train({ threads: 4 });
    await train({ threads: 2 });
    console.log(sum);`);
  const { code, stdout, stderr, milliseconds } = await runScript(file);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expected, stderr: "" });
  expect(milliseconds).toBeLessThan(2000);
}, 20_000);

test("a process that disposes its handler ends by itself, and has no thread left", async () => {
  const file = await script(`
    import { readdirSync } from "node:fs";
    const threads = () => readdirSync("/proc/self/task").length;
    const linux = process.platform === "linux";
    const { handler: first } = await train({ threads: 5 });
    const during = linux ? threads() : 4;
    first.dispose();
    let left = during;
    for (let i = 0; i < 200 && during - left < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      left = linux ? threads() : 0;
    }
    console.log(during - left);`);
  const { code, stdout, stderr, milliseconds } = await runScript(file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(Number(stdout)).toBeGreaterThanOrEqual(4);
  expect(milliseconds).toBeLessThan(2000);
}, 20_000);

test("an error of the user's own is reported as ever, with a handler left open", async () => {
  const file = await script(`
    await train({ threads: 3 });
    console.log("trained");
    throw new Error("the user's own");`);
  const { code, stderr, milliseconds } = await runScript(file);
  expect(code).toBe(1);
  expect(stderr).toContain("the user's own");
  expect(milliseconds).toBeLessThan(2000);
}, 20_000);

test.each([
  ["disposed", "handler.dispose();"],
  ["left open", ""],
])(
  "inside a worker thread it has threads of its own; %s, the worker ends by itself",
  async (_, end) => {
    const file = await script(`
    import { parentPort } from "node:worker_threads";
    const { handler, sum } = await train({ threads: 3 });
    parentPort.postMessage([String(sum), handler.deviceDescription.name]);
    ${end}`);
    const worker = new Worker(file, { execArgv: [] });
    const exit = once(worker, "exit");
    const [[sum, name]] = await once(worker, "message");
    const spokenAt = performance.now();
    expect(`${sum}\n`).toBe(expected);
    expect(name).toMatch(/SIMD, 3 threads/);
    expect(await exit).toEqual([0]);
    expect(performance.now() - spokenAt).toBeLessThan(2000);
  },
  20_000,
);

test("a worker thread that is terminated takes its threads along", async () => {
  const file = await script(`
    import { parentPort } from "node:worker_threads";
    const { handler, sum } = await train({ threads: 3 });
    parentPort.postMessage(String(sum));
    setInterval(() => {}, 1000);`);
  const worker = new Worker(file, { execArgv: [] });
  await once(worker, "message");
  expect(await worker.terminate()).toBe(1);
}, 20_000);
