import { caseName } from "../cases/benchCase.ts";
import { SLOW_ROUNDS } from "../measure/timed.ts";
import { isBusy } from "./machine.ts";
import { renderMarkdown, renderText } from "./render.ts";
import type { BenchResult, CaseResult, ParticipantInfo } from "./results.ts";
import { COPY_LEGEND, copyTable, resultTable } from "./rows.ts";

/** The whole result for people: machine, participants, what is absent, times, copies, overhead. */
export function report(result: BenchResult, style: "text" | "markdown"): string {
  const render = style === "markdown" ? renderMarkdown : renderText;
  const parts = [
    machineLine(result),
    list(result.participants.map(participantLine)),
    `Microseconds of one call, medians of ${result.rounds} samples, interleaved. ${COPY_LEGEND}`,
    render(resultTable(result)),
    list(complaints(result)),
    render(copyTable(result)),
    list(overheadLines(result)),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function machineLine({ machine, date, threads }: BenchResult): string {
  const { processor, cores, memoryGigabytes, node, platform, load } = machine;
  const busy = isBusy(machine)
    ? ` BUSY: load ${load.toFixed(1)} at the start, so this is noise.`
    : "";
  return `${processor}, ${cores} cores, ${memoryGigabytes} GiB, ${platform}, Node ${node}; ${date}; ${threads} threads.${busy}`;
}

function participantLine(one: ParticipantInfo): string {
  if ("absent" in one) return `${one.name}: absent: ${one.absent}. To get it: ${one.install}`;
  const threads =
    one.threads === null ? "" : `, ${one.threads} thread${one.threads > 1 ? "s" : ""}`;
  return `${one.name}: ${one.version}${threads}: ${one.note}`;
}

/** What was not timed because it was wrong or failed, and who was sampled less often. */
function complaints({ cases, rounds }: BenchResult): string[] {
  const found: string[] = [];
  const slow = new Map<string, number>();
  for (const { place, name, outcome } of cases.flatMap(outcomesOf)) {
    if (outcome.status === "wrong") found.push(`WRONG: ${name}, ${place}: ${outcome.reason}`);
    if (outcome.status === "failed") found.push(`FAILED: ${name}, ${place}: ${outcome.reason}`);
    if (outcome.status === "timed" && outcome.samples < rounds) {
      slow.set(name, (slow.get(name) ?? 0) + 1);
    }
  }
  for (const [name, times] of slow) {
    found.push(
      `${name}: ${SLOW_ROUNDS} samples only where a call takes over 200 ms (rows: ${times})`,
    );
  }
  return found;
}

function outcomesOf(tensor: CaseResult) {
  const measured = [
    ...tensor.operations.map(({ operation, outcomes }) => ({ label: operation, outcomes })),
    { label: "copy", outcomes: tensor.copies },
  ];
  return measured.flatMap(({ label, outcomes }) =>
    Object.entries(outcomes).map(([name, outcome]) => {
      return { place: `${caseName(tensor)}, ${label}`, name, outcome };
    }),
  );
}

function overheadLines({ overhead }: BenchResult): string[] {
  return overhead.map(({ participant, calls, microsecondsPerCall, heapBytesPerCall }) => {
    const heap = heapBytesPerCall === null ? "" : `, ${Math.round(heapBytesPerCall)} bytes of heap`;
    return `${participant}: training on 8 values: ${microsecondsPerCall.toFixed(2)} µs${heap} a call (${calls} calls)`;
  });
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
