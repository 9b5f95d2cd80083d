import { createInterface } from "node:readline";
import type { Operation } from "../operations.ts";
import type { Description, LoadAnswer, LoadedCase, Message } from "./messages.ts";

/** What a participant on Node implements; the others speak the protocol in their own language. */
export interface Participant {
  describe(): Promise<Description>;
  load(loaded: LoadedCase): Promise<LoadAnswer>;
  check(op: Operation, folder: string): Promise<void>;
  /** Nanoseconds. */
  time(op: Operation | "copy", iterations: number, warm: number): Promise<number>;
  heap?(iterations: number): Promise<number>;
  unload(): Promise<void>;
}

/** Answers messages from standard input until it closes. */
export async function serve(participant: Participant): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ...message } = JSON.parse(line) as Message & { readonly id: number };
    const answer = await answerTo(participant, message).then(
      (value) => ({ id, value: value ?? null }),
      (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
    );
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  // Worker threads of a participant must not keep it alive.
  process.exit(0);
}

async function answerTo(participant: Participant, message: Message): Promise<unknown> {
  switch (message.do) {
    case "describe":
      return participant.describe();
    case "load":
      return participant.load(message);
    case "check":
      return participant.check(message.op, message.folder);
    case "time":
      return participant.time(message.op, message.iterations, message.warm);
    case "heap":
      if (participant.heap === undefined) throw new Error("does not measure its heap");
      return participant.heap(message.iterations);
    case "unload":
      return participant.unload();
  }
}
