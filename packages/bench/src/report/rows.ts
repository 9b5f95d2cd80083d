import { bytesPerElement } from "@batchnorm/core";
import { elementsOf, formatShape } from "../cases/shape.ts";
import { STORES } from "../participants/copies.ts";
import type { BenchResult, CaseResult, OperationResult, Outcome } from "./results.ts";

/** A table as cells: a renderer decides what it looks like. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One row for each tensor and operation. Peers are compared to the first backend listed that runs. */
export function resultTable(result: BenchResult): Table {
  const here = result.participants.filter((one) => !("absent" in one));
  const backends = here.filter((one) => one.role === "backend").map((one) => one.name);
  const peers = here.filter((one) => one.role === "peer").map((one) => one.name);
  const header = ["N×C×…", "layout", "type", "operation", "copy", ...backends, ...peers];
  const compared = backends.length > 0 && peers.length > 0;
  return {
    header: compared ? [...header, `best peer ÷ ${backends[0]}`] : header,
    rows: result.cases.flatMap((one) =>
      one.operations.map((operation) => {
        const cells = [...backends, ...peers].map((name) => cell(operation, name));
        const row = [...tensorCells(one), operation.operation, copyCell(operation), ...cells];
        return compared ? [...row, ratioCell(operation, backends, peers)] : row;
      }),
    ),
  };
}

/** The copies of each tensor: the first two are what fractions refer to. */
export function copyTable(result: BenchResult): Table {
  const names = Object.keys(result.cases[0]?.copies ?? {});
  return {
    header: ["N×C×…", "type", "MiB", ...names.map((name) => `${name} (GB/s)`)],
    rows: distinctTensors(result.cases).map((one) => {
      const bytes = bytesOf(one);
      const rates = names.map((name) => rateCell(one.copies[name], bytes));
      const [shape, , type] = tensorCells(one);
      return [shape, type, (bytes / 2 ** 20).toFixed(1), ...rates];
    }),
  };
}

export const COPY_LEGEND = `The copy column is the time of the operation's least traffic (training 3, backward 5, inference 2 tensors) \
at the rate of the best plain copy of the same tensor; in brackets is that time as a fraction of the one measured. \
"${STORES}" is for information: WebAssembly has no non-temporal stores.`;

function tensorCells({ shape, format, dataType }: CaseResult): [string, string, string] {
  return [formatShape(shape), shape.length === 2 ? "–" : format, dataType];
}

function cell({ outcomes, copyMicroseconds }: OperationResult, name: string): string {
  const outcome = outcomes[name];
  if (outcome === undefined || outcome.status === "missing") return "–";
  if (outcome.status !== "timed") return outcome.status.toUpperCase();
  const time = microseconds(outcome.median);
  return copyMicroseconds === null
    ? time
    : `${time} (${(copyMicroseconds / outcome.median).toFixed(2)})`;
}

function copyCell({ copyMicroseconds }: OperationResult): string {
  return copyMicroseconds === null ? "–" : microseconds(copyMicroseconds);
}

function ratioCell(
  { outcomes }: OperationResult,
  backends: readonly string[],
  peers: readonly string[],
): string {
  const ours = medianOf(outcomes[backends[0]]);
  const best = Math.min(...peers.map((name) => medianOf(outcomes[name])));
  const ratio = best / ours;
  return Number.isFinite(ratio) && ratio > 0 ? ratio.toFixed(2) : "–";
}

function medianOf(outcome: Outcome | undefined): number {
  return outcome?.status === "timed" ? outcome.median : Number.POSITIVE_INFINITY;
}

function rateCell(outcome: Outcome | undefined, bytes: number): string {
  // Bytes over microseconds, read and written, are megabytes a second.
  return outcome?.status === "timed" ? ((2 * bytes) / outcome.median / 1000).toFixed(1) : "–";
}

/** A copy does not know layouts: one row for each size is enough. */
function distinctTensors(cases: readonly CaseResult[]): CaseResult[] {
  const seen = new Set<string>();
  return cases.filter(({ shape, dataType }) => {
    const key = `${shape} ${dataType}`;
    return !seen.has(key) && seen.add(key);
  });
}

function bytesOf({ shape, dataType }: CaseResult): number {
  return elementsOf(shape) * bytesPerElement(dataType);
}

function microseconds(value: number): string {
  return value < 100 ? value.toPrecision(3) : String(Math.round(value));
}
