import { execFile } from "node:child_process";
import { openFirst } from "../libraries/openFirst.js";
import { type Answer, examine, type Question } from "./examine.js";

/** What came of the child process. */
export type Reply = { readonly answer: Answer } | { readonly died: string };

/** Starting CUDA takes seconds on a machine with many cards; longer than this is a hang. */
const PATIENCE_MS = 60_000;

/** In front of the answer: the libraries may print lines of their own. */
const MARK = "batchnorm-probe:";

/**
 * Runs `examine` in a process of its own, so that a driver that crashes or hangs takes nobody along. The
 * program is text, so that it is found wherever this package is bundled into.
 */
export function askChild(question: Question, patience = PATIENCE_MS): Promise<Reply> {
  const program = `
    const answer = (${examine})(${JSON.stringify(question)}, require, ${openFirst});
    process.stdout.write("\\n${MARK}" + JSON.stringify(answer) + "\\n");`;
  // Options of this process, such as a loader or a debugger's port, are not for the child.
  const env = { ...process.env, NODE_OPTIONS: "" };
  const options = { env, timeout: patience, killSignal: "SIGKILL", maxBuffer: 1 << 22 } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--eval", program], options, (error, stdout, stderr) => {
      const line = stdout.split("\n").find((one) => one.startsWith(MARK));
      if (line !== undefined) resolve({ answer: JSON.parse(line.slice(MARK.length)) });
      else resolve({ died: deathOf(error, stderr, patience) });
    });
  });
}

function deathOf(
  error: (Error & { killed?: boolean; signal?: string | null; code?: unknown }) | null,
  stderr: string,
  patience: number,
): string {
  const said = stderr.trim().split("\n", 1)[0];
  const suffix = said === "" ? "" : `: ${said}`;
  if (error === null) return `ended without an answer${suffix}`;
  if (error.killed === true) return `gave no answer within ${patience / 1000} seconds${suffix}`;
  if (error.signal) return `was ended by ${error.signal}${suffix}`;
  return `ended with status ${String(error.code)}${suffix}`;
}
