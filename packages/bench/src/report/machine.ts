import { cpus, loadavg, totalmem } from "node:os";

/** The machine a result belongs to. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly node: string;
  readonly platform: string;
  /** Processes that wanted to run in the last minute, before the bench began. */
  readonly load: number;
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    load: loadavg()[0],
  };
}

const BUSY_SHARE = 0.3;

/** True when other work would show in the timings. */
export function isBusy({ load, cores }: Machine): boolean {
  return load > BUSY_SHARE * cores;
}
