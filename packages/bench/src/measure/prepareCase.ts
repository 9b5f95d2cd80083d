import type { BenchCase } from "../cases/benchCase.ts";
import { EPSILON } from "../cases/inputs.ts";
import { findWrong } from "../check/compare.ts";
import type { expectedResults } from "../check/expected.ts";
import type { Operation } from "../operations.ts";
import type { Running } from "../participants/start.ts";
import type { LoadAnswer } from "../protocol/messages.ts";
import type { Outcome } from "../report/results.ts";

/** A participant with the case loaded: what it may be timed on, and why not on the rest. */
export interface Prepared {
  readonly running: Running;
  readonly ready: readonly (Operation | "copy")[];
  readonly refused: Readonly<Partial<Record<Operation | "copy", Outcome>>>;
}

export interface CaseFiles {
  /** Inputs, for all participants. */
  readonly inputs: string;
  /** Results of the one being checked. */
  readonly results: string;
}

/** Loads the case and checks each operation once: only right results are worth timing. */
export async function prepareCase(
  running: Running,
  tensor: BenchCase,
  ops: readonly Operation[],
  expected: ReturnType<typeof expectedResults>,
  files: CaseFiles,
): Promise<Prepared> {
  const wanted: readonly (Operation | "copy")[] = running.role === "copy" ? ["copy"] : ops;
  const refused: Partial<Record<Operation | "copy", Outcome>> = {};
  const answer = await load(running, tensor, files.inputs);
  for (const op of wanted) {
    if ("failure" in answer) refused[op] = { status: "failed", reason: answer.failure };
    else if (!answer.operations.includes(op)) {
      refused[op] = { status: "missing", reason: answer.missing };
    } else if (op !== "copy") {
      const outcome = await check(running, tensor, op, expected, files.results);
      if (outcome !== null) refused[op] = outcome;
    }
  }
  return { running, ready: wanted.filter((op) => refused[op] === undefined), refused };
}

async function load({ child }: Running, tensor: BenchCase, folder: string) {
  const { shape: dims, format, dataType } = tensor;
  const message = { do: "load", folder, dims, format, dataType, epsilon: EPSILON } as const;
  return child
    .request<LoadAnswer>(message)
    .catch((error: Error) => ({ failure: error.message }) as const);
}

async function check(
  { child }: Running,
  tensor: BenchCase,
  op: Operation,
  expected: ReturnType<typeof expectedResults>,
  folder: string,
): Promise<Outcome | null> {
  try {
    await child.request({ do: "check", op, folder });
    const wrong = findWrong(tensor, expected[op], folder);
    return wrong === null ? null : { status: "wrong", reason: wrong };
  } catch (error) {
    return { status: "failed", reason: (error as Error).message };
  }
}
