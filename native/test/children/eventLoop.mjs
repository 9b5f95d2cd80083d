// How long the event loop stands still while a large tensor is written and read. Arguments: bytes.
import { existsSync, openSync, readSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { given, libraries, loadAddon, say } from "./child.mjs";

const bytes = Number(given[0]);
const device = loadAddon().load(libraries).open(0);
const memory = device.allocate(bytes);
const [source, target] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)];

const schedule = existsSync("/proc/self/schedstat") ? openSync("/proc/self/schedstat") : null;

/** Milliseconds that this thread was ready to run and another thread or process had the processor. */
function waitedForProcessor() {
  if (schedule === null) return 0;
  const text = Buffer.alloc(64);
  readSync(schedule, text, 0, text.length, 0);
  return Number(text.toString().split(" ")[1]) / 1e6;
}

/**
 * The longest time between two beats of a timer while `work` is under way, less what other processes took of it,
 * and how long `work` took.
 */
async function longestGap(work) {
  const now = () => performance.now() - waitedForProcessor();
  let [last, longest, beats] = [now(), 0, 0];
  const beat = () => {
    const time = now();
    longest = Math.max(longest, time - last);
    last = time;
    beats++;
  };
  const timer = setInterval(beat, 1);
  const start = performance.now();
  await work();
  beat();
  clearInterval(timer);
  return { longest, beats, duration: performance.now() - start };
}

// The first transfer pages memory in.
await device.write(memory, source);
for (let attempt = 0; attempt < 5; attempt++) {
  const idle = await longestGap(() => new Promise((resolve) => setTimeout(resolve, 200)));
  const busy = await longestGap(() =>
    Promise.all([device.write(memory, source), device.read(memory, target)]),
  );
  say({ idle, busy });
}
device.dispose();
say({ equal: Buffer.compare(source, target) === 0 });
