import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  update(step: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere, as in a log file, a line for every tenth. */
export function startProgress(steps: number): Progress {
  return process.stdout.isTTY ? startBar(steps) : startLines(steps);
}

function startBar(steps: number): Progress {
  const clock = startClock(steps);
  const format = "  {bar} step {value} of {total} | {rate} | {left}";
  const bar = new SingleBar(
    { format, stream: process.stdout, hideCursor: true, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(steps, 0, clock(0));
  return { update: (step) => bar.update(step, clock(step)), stop: () => bar.stop() };
}

function startLines(steps: number): Progress {
  const clock = startClock(steps);
  const interval = Math.max(1, Math.round(steps / 10));
  return {
    update(step) {
      if (step === 0 || step % interval !== 0) return;
      const { rate, left } = clock(step);
      console.log(`  step ${step} of ${steps} | ${rate} | ${left}`);
    },
    stop() {},
  };
}

function startClock(steps: number): (step: number) => { rate: string; left: string } {
  const started = performance.now();
  return (step) => {
    const rate = step / ((performance.now() - started) / 1000);
    const left = step === 0 ? "…" : `${Math.ceil((steps - step) / rate)} s left`;
    return { rate: step === 0 ? "…" : `${rate.toPrecision(3)} steps/s`, left };
  };
}
