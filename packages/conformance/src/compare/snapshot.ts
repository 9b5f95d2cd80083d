import type { Tensor } from "@batchnorm/core";
import { bytesOf } from "../rig/tensors.js";
import { expectSameBytes } from "./expectSame.js";

/** Tensors by the names that failures give them. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

export type Snapshot = ReadonlyMap<string, Uint8Array>;

/** Copies of everything these tensors hold; disposed ones are passed over. */
export async function snapshot(tensors: NamedTensors): Promise<Snapshot> {
  const living = Object.entries(tensors).filter(([, tensor]) => !tensor.disposed);
  const copies = living.map(async ([name, tensor]) => [name, await bytesOf(tensor)] as const);
  return new Map(await Promise.all(copies));
}

/** The tensors hold, to the bit, what they held. */
export async function expectUnchanged(tensors: NamedTensors, before: Snapshot): Promise<void> {
  const after = await snapshot(tensors);
  for (const [name, bytes] of before) {
    expectSameBytes(`${name} afterwards`, after.get(name) as Uint8Array, bytes);
  }
}
