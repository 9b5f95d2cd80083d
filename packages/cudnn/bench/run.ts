// node run.mjs [--bench] [--only-bench] [--engine cudnn|fused|auto] [--out folder] [--device n]
//   [--driver file] [--cudnn file]
// Prints the machine and the conformance suite's result on cuDNN; with --bench also the table of times.
// Writes report.json and report.md into the folder. Fails where a case of the suite fails.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runPlain } from "@batchnorm/conformance";
import { type Backend, openHandler } from "@batchnorm/core";
import { type CudnnOptions, cudnn } from "../src/index.ts";
import { timeCells } from "./deviceTime.ts";
import { measureHostCost } from "./hostCost.ts";
import { runPytorch, runRaw } from "./peers.ts";
import { markdownOf, type Report, rowsOf } from "./report.ts";
import { measureTransfers } from "./transfers.ts";

const folder = dirname(fileURLToPath(import.meta.url));

const { values } = parseArgs({
  options: {
    bench: { type: "boolean", default: false },
    "only-bench": { type: "boolean", default: false },
    out: { type: "string", default: folder },
    device: { type: "string", default: "0" },
    driver: { type: "string" },
    cudnn: { type: "string" },
    engine: { type: "string", default: "cudnn" },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { driver, cudnn: library, engine } = values;
  const backend = cudnn({
    device: Number(values.device),
    engine: engine as NonNullable<CudnnOptions["engine"]>,
    ...(driver === undefined ? {} : { driver }),
    ...(library === undefined ? {} : { cudnn: library }),
  });
  const probe = await backend.probe();
  print(`engine ${engine}; ${probe.found}`);
  if (!probe.available) {
    for (const place of probe.tried) print(`  tried to ${place}`);
    print(`next: ${probe.next}`);
    process.exitCode = 1;
    return;
  }
  let report: Report = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    found: `engine ${engine}; ${probe.found}`,
  };
  if (!values["only-bench"]) report = { ...report, conformance: await runSuite(backend) };
  if (values.bench || values["only-bench"]) report = { ...report, ...(await runBench(backend)) };
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(values.out, "report.md"), markdownOf(report));
  if (report.conformance !== undefined && report.conformance.failed > 0) process.exitCode = 1;
}

async function runSuite(backend: Backend): Promise<NonNullable<Report["conformance"]>> {
  const { passed, failed, skipped, failures } = await runPlain(backend, print);
  const text = ({ name, error }: (typeof failures)[number]) =>
    `${name}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500);
  return { passed, failed, skipped, failures: failures.map(text) };
}

async function runBench(backend: Backend): Promise<Partial<Report>> {
  const handler = await openHandler(backend);
  const hostCost = await measureHostCost(handler);
  print(JSON.stringify({ hostCost }));
  const transfers = await measureTransfers(handler);
  print(JSON.stringify({ transfers }));
  const times = await timeCells(handler, (time) => print(JSON.stringify(time)));
  const raw = await runRaw(folder);
  handler.dispose();
  const pytorch = await runPytorch(folder);
  const rows = rowsOf(times, raw, pytorch);
  const report = { hostCost, transfers, rows, raw, pytorch };
  print(markdownOf({ date: "", node: "", found: "", ...report }));
  return report;
}

await main();
