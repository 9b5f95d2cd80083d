import { CELLS, type Cell, honestWays, keyOf, OPERATIONS, type Operation } from "./cells.ts";
import type { CellTime } from "./deviceTime.ts";
import type { HostCost } from "./hostCost.ts";
import type { PeerLine, PeerRun } from "./peers.ts";
import type { Transfers } from "./transfers.ts";

/** Everything one run has found. */
export interface Report {
  readonly date: string;
  readonly node: string;
  /** As `probe` says: card, driver, CUDA, cuDNN. */
  readonly found: string;
  readonly conformance?: { passed: number; failed: number; skipped: number; failures: string[] };
  readonly hostCost?: HostCost;
  readonly transfers?: Transfers;
  readonly rows?: readonly Row[];
  readonly raw?: PeerRun;
  readonly pytorch?: PeerRun;
}

/** One operation of one cell, beside the others. Microseconds. */
export interface Row {
  readonly cell: string;
  readonly mode: string;
  readonly operation: Operation;
  readonly ours: number;
  /** The best call of cuDNN that keeps the mode's promise, and which it is. */
  readonly best: number | null;
  readonly bestWay: string | null;
  readonly pytorch: number | null;
  readonly description: string;
}

export function rowsOf(times: readonly CellTime[], raw: PeerRun, pytorch: PeerRun): Row[] {
  return times.flatMap(({ cell: key, mode, microseconds, description }) => {
    const cell = CELLS.find((one) => keyOf(one) === key && one.mode === mode) as Cell;
    return OPERATIONS.map((operation) => {
      const best = bestOf(cell, operation, linesOf(raw));
      const peer = linesOf(pytorch).find((line) => isOf(line, key, operation));
      return {
        ...{ cell: key, mode, operation, ours: microseconds[operation], description },
        best: best === undefined ? null : Number(best.microseconds),
        bestWay: best === undefined ? null : `${best.way} ${String(best.cell).split(" ")[1]}`,
        // PyTorch has no per-activation mode.
        pytorch: peer === undefined || mode === "perActivation" ? null : Number(peer.microseconds),
      };
    });
  });
}

/** Of both formats where they are the same memory. */
function bestOf(cell: Cell, operation: Operation, lines: readonly PeerLine[]) {
  const rows = cell.dims[2] * cell.dims[3] === 1;
  const formats = rows ? (["NCHW", "NHWC"] as const) : [cell.format];
  const keys = formats.map((format) => keyOf({ ...cell, format }));
  return lines
    .filter((line) => keys.some((key) => isOf(line, key, operation)) && line.status === 0)
    .filter(({ way }) => honestWays(cell).includes(String(way)))
    .sort((a, b) => Number(a.microseconds) - Number(b.microseconds))[0];
}

function isOf(line: PeerLine, cell: string, operation: Operation): boolean {
  return line.kind === "cell" && line.cell === cell && line.operation === operation;
}

function linesOf(run: PeerRun): readonly PeerLine[] {
  return "lines" in run ? run.lines : [];
}

/** The report for people. */
export function markdownOf(report: Report): string {
  const { date, node, found, conformance, hostCost, transfers, rows } = report;
  const parts = [`# cuDNN backend, ${date}`, `${found}; Node ${node}`];
  if (conformance !== undefined) {
    const { passed, failed, skipped } = conformance;
    parts.push(`Conformance suite: ${passed} passed, ${failed} failed, ${skipped} skipped.`);
    parts.push(...conformance.failures.map((line) => `- ${line}`));
  }
  if (hostCost !== undefined) parts.push(hostTable(hostCost, report));
  if (transfers !== undefined) parts.push(transferText(transfers));
  if (rows !== undefined) parts.push(copyText(report), deviceTable(rows));
  for (const [name, run] of Object.entries({ raw: report.raw, pytorch: report.pytorch })) {
    if (run !== undefined && "missing" in run) parts.push(`${name}: not run (${run.missing})`);
  }
  return `${parts.join("\n\n")}\n`;
}

function hostTable({ microseconds, heapBytes }: HostCost, { raw, pytorch }: Report): string {
  const enqueueOf = (run: PeerRun | undefined, operation: Operation) => {
    const lines = run === undefined ? [] : linesOf(run);
    const line = lines.find((one) => one.kind === "enqueue" && one.operation === operation);
    return line === undefined ? "–" : Number(line.microseconds).toFixed(1);
  };
  return [
    "Host, smallest tensor, mean of 10000 calls:",
    "",
    "| operation | TypeScript µs | raw C µs | PyTorch µs | heap bytes a call |",
    "| --- | --- | --- | --- | --- |",
    ...OPERATIONS.map((operation) =>
      rowText([
        operation,
        microseconds[operation].toFixed(1),
        enqueueOf(raw, operation),
        enqueueOf(pytorch, operation),
        heapBytes[operation].toFixed(0),
      ]),
    ),
  ].join("\n");
}

function transferText(transfers: Transfers): string {
  const { gigabytes, writeGigabytesPerSecond, readGigabytesPerSecond } = transfers;
  const sizes = `${gigabytes.toFixed(2)} GB: write ${writeGigabytesPerSecond.toFixed(1)} GB/s, read ${readGigabytesPerSecond.toFixed(1)} GB/s`;
  return `${sizes}; meanwhile a timer of 1 ms was late by at most ${transfers.worstBeatMilliseconds.toFixed(1)} ms.`;
}

function copyText({ raw }: Report): string {
  const copy = raw === undefined ? undefined : linesOf(raw).find(({ kind }) => kind === "copy");
  const rate =
    copy === undefined ? "not measured" : `${Number(copy.gigabytesPerSecond).toFixed(0)} GB/s`;
  return `Device, medians of 25, cache flushed before each run. Copy, read and written: ${rate}.`;
}

function deviceTable(rows: readonly Row[]): string {
  return [
    "| tensor | mode | operation | TypeScript µs | best call of cuDNN µs | ratio | PyTorch µs |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(({ cell, mode, operation, ours, best, bestWay, pytorch }) =>
      rowText([
        ...[cell, mode, operation, ours.toFixed(1)],
        best === null ? "–" : `${best.toFixed(1)} (${bestWay})`,
        best === null ? "–" : (ours / best).toFixed(2),
        pytorch === null ? "–" : pytorch.toFixed(1),
      ]),
    ),
  ].join("\n");
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
