import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Message } from "./messages.ts";

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Pending {
  readonly id: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const ANSWER_WITHIN_MILLISECONDS = 300_000;

/** The harness's end of one participant: a long-lived process that answers one message at a time. */
export class Child {
  readonly #process: ChildProcess;
  #pending: Pending | null = null;
  #lastId = 0;
  #complaint = "";
  #ended: Error | null = null;

  constructor({ command, args, env }: ChildCommand) {
    this.#process = spawn(command, args, { env: { ...process.env, ...env } });
    this.#process.on("error", (error) => this.#end(error.message));
    this.#process.on("exit", (code, signal) => this.#end(`ended with ${signal ?? code}`));
    // Writing to a process that died is reported by its exit.
    this.#process.stdin?.on("error", () => {});
    this.#process.stderr?.on("data", (chunk) => {
      this.#complaint = `${this.#complaint}${chunk}`.slice(-2000);
    });
    const { stdout } = this.#process;
    if (stdout !== null) createInterface({ input: stdout }).on("line", (line) => this.#hear(line));
  }

  /** Rejects when the participant refuses, dies or does not answer. */
  request<T>(message: Message): Promise<T> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const id = this.#lastId;
    const timer = setTimeout(() => this.#giveUp(message), ANSWER_WITHIN_MILLISECONDS);
    const answer = new Promise<T>((resolve, reject) => {
      this.#pending = { id, resolve: resolve as (value: unknown) => void, reject };
    });
    this.#process.stdin?.write(`${JSON.stringify({ id, ...message })}\n`);
    return answer.finally(() => clearTimeout(timer));
  }

  close(): void {
    this.#end("closed");
    this.#process.kill("SIGKILL");
  }

  #hear(line: string): void {
    const pending = this.#pending;
    // Libraries greet on standard output; only answers start like this.
    if (pending === null || !line.startsWith('{"id":')) return;
    const { id, value, error } = JSON.parse(line);
    if (id !== pending.id) return;
    this.#pending = null;
    if (error === undefined) pending.resolve(value);
    else pending.reject(new Error(String(error)));
  }

  #giveUp({ do: what }: Message): void {
    this.#end(`no answer to "${what}" within ${ANSWER_WITHIN_MILLISECONDS / 1000} s`);
    this.#process.kill("SIGKILL");
  }

  #end(reason: string): void {
    if (this.#ended !== null) return;
    const lastLine = this.#complaint.trim().split("\n").at(-1);
    this.#ended = new Error(lastLine ? `${reason}: ${lastLine}` : reason);
    this.#pending?.reject(this.#ended);
    this.#pending = null;
  }
}
