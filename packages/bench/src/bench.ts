import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caseName, casesOf } from "./cases/benchCase.ts";
import type { BenchOptions } from "./cli/options.ts";
import { measureOverhead } from "./measure/overhead.ts";
import { type Effort, runCase } from "./measure/runCase.ts";
import { backendPlan, heapPlan } from "./participants/backends.ts";
import { copyPlans } from "./participants/copies.ts";
import { peerPlan } from "./participants/peers.ts";
import { type Absent, type Running, start } from "./participants/start.ts";
import { thisMachine } from "./report/machine.ts";
import type { BenchResult, CaseResult, Overhead, ParticipantInfo } from "./report/results.ts";

const FULL: Omit<Effort, "rounds"> & { readonly calls: number } = { target: 20e6, calls: 10_000 };
const QUICK: typeof FULL = { target: 1e6, calls: 1_000 };

/** Everything the options ask for, measured. `say` hears of the progress. */
export async function bench(
  options: BenchOptions,
  say: (line: string) => void,
): Promise<BenchResult> {
  const machine = thisMachine();
  const folder = mkdtempSync(join(tmpdir(), "batchnorm-bench-"));
  const started: (Running | Absent)[] = [];
  try {
    const { threads, rounds } = options;
    const { target, calls } = options.quick ? QUICK : FULL;
    const peers = options.peers.map((name) => peerPlan(name, threads));
    const plans = [...copyPlans(threads), ...options.backends.map(backendPlan), ...peers];
    for (const plan of plans) {
      say(`starting ${plan.name}`);
      started.push(await start(plan));
    }
    const cases = await runCases(
      options,
      started.filter(isRunning),
      { rounds, target },
      folder,
      say,
    );
    for (const one of started.filter(isRunning)) one.child.close();
    const overheadPlans = options.overhead ? [...options.backends.map(heapPlan), ...peers] : [];
    const overhead: Overhead[] = await measureOverhead(overheadPlans, folder, calls);
    const participants = started.map(infoOf);
    const date = new Date().toISOString();
    return { schema: 1, date, machine, threads, rounds, participants, cases, overhead };
  } finally {
    for (const one of started.filter(isRunning)) one.child.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runCases(
  { shapes, layouts, types: dataTypes, quick, ops }: BenchOptions,
  all: readonly Running[],
  effort: Effort,
  folder: string,
  say: (line: string) => void,
): Promise<CaseResult[]> {
  const files = { inputs: folder, results: join(folder, "results") };
  mkdirSync(files.results);
  const results: CaseResult[] = [];
  for (const tensor of casesOf({ shapes, layouts, dataTypes, quick })) {
    say(`measuring ${caseName(tensor)}`);
    results.push(await runCase(tensor, ops, all, files, effort));
  }
  return results;
}

function isRunning(one: Running | Absent): one is Running {
  return "child" in one;
}

function infoOf(one: Running | Absent): ParticipantInfo {
  const { name, role } = one;
  return isRunning(one) ? { name, role, ...one.description } : one;
}
