/** Words of the control block that the threads of one copy share. */
export const CONTROL = { call: 0, finished: 1, to: 2, from: 3, bytes: 4, asleep: 5 } as const;

export type CopyMode = "bulk" | "stores";

export interface CrewStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly mode: CopyMode;
  readonly part: number;
  readonly threads: number;
}

export type Copy = (part: number) => void;

/** A function that copies one thread's share as the control block says. */
export async function copyOf(start: Omit<CrewStart, "part">): Promise<Copy> {
  const { module, memory, control, mode, threads } = start;
  const { exports } = await WebAssembly.instantiate(module, { copy: { memory } });
  const copy = exports[mode] as (to: number, from: number, bytes: number) => void;
  const words = new Int32Array(control);
  return (part) => {
    const bytes = words[CONTROL.bytes];
    const begin = shareStart(bytes, part, threads);
    const end = shareStart(bytes, part + 1, threads);
    copy(words[CONTROL.to] + begin, words[CONTROL.from] + begin, end - begin);
  };
}

/** Shares begin at multiples of 64 bytes; so does the end, since `bytes` is one. */
function shareStart(bytes: number, part: number, threads: number): number {
  return part === threads ? bytes : Math.floor((bytes * part) / threads / 64) * 64;
}
