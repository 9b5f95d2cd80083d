/** The command: measures, prints, writes. Status 1: a backend was wrong or failed; 2: a wrong option. */
import { bench } from "./bench.ts";
import { parseOptions } from "./cli/options.ts";
import { output } from "./report/output.ts";
import type { BenchResult } from "./report/results.ts";
import { UsageError } from "./usageError.ts";

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) return 0;
  const result = await bench(options, (line) => process.stderr.write(`${line}\n`));
  output(result, options);
  return backendsAreRight(result) ? 0 : 1;
}

/** Peers may be wrong in their own right; this project may not. */
function backendsAreRight({ participants, cases }: BenchResult): boolean {
  const ours = participants.filter((one) => one.role === "backend").map((one) => one.name);
  const outcomes = cases.flatMap(({ operations }) =>
    operations.flatMap((one) => ours.map((name) => one.outcomes[name]?.status)),
  );
  return !outcomes.includes("wrong") && !outcomes.includes("failed");
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof UsageError;
  const message = usage ? `${error.message} See --help.` : (error as Error).stack;
  process.stderr.write(`bench: ${message}\n`);
  process.exitCode = usage ? 2 : 1;
}
