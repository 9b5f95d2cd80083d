import { CommanderError } from "commander";
import { runExperiment } from "./experiment.js";
import { parseOptions } from "./options.js";
import { UsageError } from "./usageError.js";

const CODES = { failed: 1, usage: 2, interrupted: 130 };

const interrupt = new AbortController();
process.on("SIGINT", () => interrupt.abort());

try {
  const options = parseOptions(process.argv.slice(2));
  process.exitCode = (await runExperiment(options, interrupt.signal)) ? 0 : CODES.failed;
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong, if that is not said yet. Returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CODES.usage;
  if (interrupt.signal.aborted) {
    console.error("\nInterrupted.");
    return CODES.interrupted;
  }
  console.error(error instanceof UsageError ? `error: ${error.message}` : error);
  return error instanceof UsageError ? CODES.usage : CODES.failed;
}
