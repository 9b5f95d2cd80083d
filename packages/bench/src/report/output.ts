import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchOptions } from "../cli/options.ts";
import { cacheFolder, packageRoot } from "../packageRoot.ts";
import { replaceBetweenMarkers } from "./readme.ts";
import { report } from "./report.ts";
import type { BenchResult } from "./results.ts";

type Wishes = Pick<BenchOptions, "save" | "json" | "markdown" | "writeReadme">;

/** Prints the result and leaves it in files: the last one always, others where asked for. */
export function output(result: BenchResult, { save, json, markdown, writeReadme }: Wishes): void {
  const text = `${JSON.stringify(result, null, 1)}\n`;
  write(cacheFolder, "latest.json", text);
  const day = result.date.slice(0, 10);
  if (save) write(join(packageRoot, "results"), `${day}.json`, text);
  if (writeReadme) {
    const file = join(packageRoot, "README.md");
    writeFileSync(
      file,
      replaceBetweenMarkers(readFileSync(file, "utf8"), report(result, "markdown")),
    );
  }
  process.stdout.write(json ? text : `${report(result, markdown ? "markdown" : "text")}\n`);
}

function write(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}
