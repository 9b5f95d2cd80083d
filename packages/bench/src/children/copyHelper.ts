/** A thread that copies its share of each call; it spins between calls and sleeps between samples. */
import { workerData } from "node:worker_threads";
import { CONTROL, type CrewStart, copyOf } from "./copyCrew.ts";

const start = workerData as CrewStart;
const copy = await copyOf(start);
const words = new Int32Array(start.control);

for (let done = 0; ; ) {
  Atomics.wait(words, CONTROL.asleep, 1);
  if (Atomics.load(words, CONTROL.call) === done) continue;
  done += 1;
  copy(start.part);
  Atomics.add(words, CONTROL.finished, 1);
}
