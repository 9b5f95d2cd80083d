import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { UsageError } from "./usageError.js";

/** Before the work rather than after it. @throws UsageError */
export async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot create the output folder: ${reason}`, { cause });
  }
}

/** All of the file or nothing: it appears under its name when it is complete. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
