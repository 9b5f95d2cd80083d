import type { BackendName } from "batchnorm";
import { InvalidArgumentError } from "commander";

const BACKENDS: readonly BackendName[] = ["wasm", "cpu", "cudnn"];

/** One of this project's backends: with its default options, or with a number of threads. */
export interface BackendSpec {
  readonly backend: BackendName;
  readonly threads: number | null;
}

/** `wasm`, `cpu`, or with threads: `wasm:2`. */
export function parseBackends(text: string): readonly BackendSpec[] {
  if (text === "none") return [];
  return text.split(",").map((word) => {
    const [, name, threads] = /^([a-z]+)(?::([1-9]\d?))?$/.exec(word.trim()) ?? [];
    const backend = BACKENDS.find((one) => one === name);
    if (backend !== undefined) return { backend, threads: threads ? Number(threads) : null };
    const known = BACKENDS.join(", ");
    throw new InvalidArgumentError(`"${word}" is none of ${known}, or one with threads: wasm:2.`);
  });
}

export function backendLabel({ backend, threads }: BackendSpec): string {
  return threads === null ? backend : `${backend}:${threads}`;
}
