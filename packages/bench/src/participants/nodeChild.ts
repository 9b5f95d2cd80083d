import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ChildCommand } from "../protocol/child.ts";

/** A program of this package, built beside the harness, in a Node of its own. */
export function nodeChild(
  name: string,
  args: readonly string[],
  flags: readonly string[] = [],
): ChildCommand {
  const program = fileURLToPath(new URL(`./children/${name}.js`, import.meta.url));
  if (!existsSync(program))
    throw new Error(`${program} is missing: run the bench through its build`);
  return { command: process.execPath, args: [...flags, program, ...args] };
}
