import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };

// In the package's own folder, so that its dependencies are found from there.
const program = fileURLToPath(
  new URL("../node_modules/.cache/digits-test/main.mjs", import.meta.url),
);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "digits-"));
  await build({
    entryPoints: [fileURLToPath(new URL("../src/main.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@batchnorm/source"],
    external: Object.keys(manifest.dependencies).filter((name) => name !== "batchnorm"),
  });
});

afterAll(() => rm(folder, { recursive: true }));

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): { child: ChildProcess; result: Promise<Result> } {
  const child = spawn(process.execPath, [program, ...args]);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.on("data", (text) => {
    output.stderr += text;
  });
  const result = once(child, "close").then(([code]) => ({ code, ...output }));
  return { child, result };
}

describe("bad arguments end with exit code 2 and a message without stack", () => {
  test.each([
    [["--steps", "0"], "'--steps <n>' argument '0' is invalid. Expected a whole number"],
    [["--steps", "-5"], "'--steps <n>' argument '-5' is invalid. Expected a whole number"],
    [["--steps", "abc"], "'--steps <n>' argument 'abc' is invalid. Expected a whole number"],
    [["--steps", "1.5"], "'--steps <n>' argument '1.5' is invalid. Expected a whole number"],
    [["--seed", "-1"], "'--seed <n>' argument '-1' is invalid. Expected a whole number"],
    [["--learning-rate", "0"], "Expected a number greater than 0"],
    [["--learning-rate", "Infinity"], "Expected a number greater than 0"],
    [["--nonsense"], "unknown option '--nonsense'"],
    [["nonsense"], "too many arguments"],
    [["--backend", "abacus"], 'createHandler: backend: expected one of "auto"'],
    [["--out", program], "cannot create the output folder"],
  ])("%j", async (args, message) => {
    // A later --out wins, so that nothing lands elsewhere if the arguments are accepted after all.
    const { code, stderr, stdout } = await start("--out", folder, ...args).result;
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

test("--help ends with 0", async () => {
  const { code, stdout } = await start("--help").result;
  expect(stdout).toContain("--learning-rate <rate>");
  expect(code).toBe(0);
});

test("a short run reports, draws, saves and restores", async () => {
  const out = join(folder, "new", "folder");
  const { code, stdout, stderr } = await start(
    ...["--steps", "2", "--backend", "cpu", "--out", out],
  ).result;
  expect(stderr).toBe("");
  expect(stdout).toContain('backend "cpu"');
  expect(stdout).toContain("step 2 of 2");
  expect(stdout).toMatch(/All 10,000 test digits +│ +\d+\.\d\d % │ +\d+\.\d\d % │/);
  expect(stdout).toContain("equal to the last bit");
  expect((await readdir(out)).sort()).toEqual([
    "accuracy.svg",
    "batch-normalization-1.json",
    "batch-normalization-2.json",
    "batch-normalization-3.json",
  ]);
  const saved = JSON.parse(await readFile(join(out, "batch-normalization-1.json"), "utf8"));
  expect(saved).toMatchObject({ Dims: [1, 100], Epsilon: 1e-5 });
  expect(code).toBe(0);
}, 20_000);

test.skipIf(process.platform === "win32")(
  "Ctrl-C ends with 130 and leaves no file",
  async () => {
    const out = join(folder, "interrupted");
    const { child, result } = start("--steps", "1000000", "--backend", "cpu", "--out", out);
    child.stdout?.once("data", () => setTimeout(() => child.kill("SIGINT"), 1500));
    const { code, stderr } = await result;
    expect(stderr).toBe("\nInterrupted.\n");
    expect(code).toBe(130);
    expect(await readdir(out)).toEqual([]);
  },
  20_000,
);
