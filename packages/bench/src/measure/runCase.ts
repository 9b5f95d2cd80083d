import type { BenchCase } from "../cases/benchCase.ts";
import { makeInputs } from "../cases/inputs.ts";
import { expectedResults } from "../check/expected.ts";
import { type Operation, TENSORS_MOVED } from "../operations.ts";
import { STORES } from "../participants/copies.ts";
import type { Running } from "../participants/start.ts";
import type { CaseResult, OperationResult, Outcome } from "../report/results.ts";
import { outcomeOf } from "./outcome.ts";
import { type CaseFiles, type Prepared, prepareCase } from "./prepareCase.ts";
import { runRounds } from "./rounds.ts";
import { calibrate, type Timed } from "./timed.ts";

export interface Effort {
  readonly rounds: number;
  /** Nanoseconds that a sample should take. */
  readonly target: number;
}

/** One case from inputs to medians, with all participants that are running. */
export async function runCase(
  tensor: BenchCase,
  ops: readonly Operation[],
  all: readonly Running[],
  files: CaseFiles,
  effort: Effort,
): Promise<CaseResult> {
  const expected = expectedResults(tensor, makeInputs(tensor, files.inputs));
  const prepared: Prepared[] = [];
  for (const running of all) {
    prepared.push(await prepareCase(running, tensor, ops, expected, files));
  }
  const timings = await timeAll(prepared, ops, effort);
  for (const { child } of all) await child.request({ do: "unload" }).catch(() => {});
  const outcome = ({ running, refused }: Prepared, op: Operation | "copy") =>
    refused[op] ?? outcomeOf(timingOf(timings, running, op));
  const named = (role: (one: Prepared) => boolean, op: Operation | "copy") =>
    Object.fromEntries(prepared.filter(role).map((one) => [one.running.name, outcome(one, op)]));
  const copies = named(isCopy, "copy");
  return {
    ...tensor,
    copies,
    operations: ops.map((operation): OperationResult => {
      const outcomes = named((one) => !isCopy(one), operation);
      return { operation, copyMicroseconds: copyEquivalent(copies, operation), outcomes };
    }),
  };
}

/** Samples operation by operation, so that neighbours in the table are neighbours in time. */
async function timeAll(prepared: readonly Prepared[], ops: readonly Operation[], effort: Effort) {
  const timings: Timed[] = [];
  for (const op of ["copy", ...ops] as const) {
    for (const { running, ready } of prepared) {
      if (ready.includes(op)) timings.push(await calibrated(running, op, effort));
    }
  }
  await runRounds(timings);
  return timings;
}

/** A participant that dies at its first timing has failed; the others go on. */
async function calibrated(running: Running, op: Operation | "copy", { rounds, target }: Effort) {
  return calibrate(running, op, rounds, target).catch((error: Error): Timed => {
    const failure = error.message;
    return { running, op, iterations: 0, warm: 0, rounds: 0, samples: [], failure };
  });
}

function timingOf(timings: readonly Timed[], running: Running, op: Operation | "copy"): Timed {
  const found = timings.find((timed) => timed.running === running && timed.op === op);
  if (found === undefined) throw new Error(`${running.name} was not timed on ${op}`);
  return found;
}

function isCopy({ running }: Prepared): boolean {
  return running.role === "copy";
}

/** The best plain copy of the same tensor, scaled to the operation's traffic. */
function copyEquivalent(copies: Readonly<Record<string, Outcome>>, op: Operation): number | null {
  const times = Object.entries(copies).flatMap(([name, outcome]) =>
    name !== STORES && outcome.status === "timed" ? [outcome.median] : [],
  );
  if (times.length === 0) return null;
  return (Math.min(...times) * TENSORS_MOVED[op]) / TENSORS_MOVED.copy;
}
