// Child processes that load the addon over the stand-in: a crash there is an answer and not the end of the tests.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { paths, StandIn } from "../standin/index.mjs";
import { addonFile, childrenFolder } from "./places.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the child printed, a JSON value a line. */
  readonly said: readonly unknown[];
  readonly stderr: string;
  readonly alive: Record<string, number>;
  readonly counts: Record<string, number>;
  readonly calls: Record<string, number>;
  readonly lastMisuse: string;
}

export interface ChildOptions {
  readonly orders?: string;
  readonly arguments?: readonly string[];
  readonly nodeOptions?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly addon?: string;
  readonly libraries?: { readonly driver: string; readonly cudnn: string };
  readonly timeout?: number;
}

/** Runs children/<name>.mjs to its end. */
export async function runChild(name: string, options: ChildOptions = {}): Promise<Ended> {
  const standIn = new StandIn();
  standIn.order(options.orders ?? "");
  const input = {
    addon: options.addon ?? addonFile,
    libraries: options.libraries ?? paths,
    page: standIn.path,
    arguments: options.arguments ?? [],
  };
  const file = join(childrenFolder, `${name}.mjs`);
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), file], {
    env: {
      ...process.env,
      ...standIn.environment,
      BATCHNORM_CHILD: JSON.stringify(input),
      ...options.environment,
    },
    timeout: options.timeout ?? 60_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on("close", (...ended) => resolve(ended));
  });
  const lines = (await stdout).split("\n").filter((line) => line.startsWith("{"));
  const ended = {
    code,
    signal,
    said: lines.map((line) => JSON.parse(line)),
    stderr: await stderr,
    alive: standIn.alive(),
    counts: standIn.counts(),
    calls: standIn.calls(),
    lastMisuse: standIn.lastMisuse(),
  };
  standIn.dispose();
  return ended;
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}
