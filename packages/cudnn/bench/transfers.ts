import type { Handler } from "@batchnorm/core";

/** How fast a large tensor is copied, and whether the event loop keeps its beat meanwhile. */
export interface Transfers {
  readonly gigabytes: number;
  readonly writeGigabytesPerSecond: number;
  readonly readGigabytesPerSecond: number;
  /** The longest that a timer of 1 ms was late. */
  readonly worstBeatMilliseconds: number;
}

const ELEMENTS = 2 ** 28;

export async function measureTransfers(handler: Handler): Promise<Transfers> {
  const tensor = handler.createTensor({ dataType: "float32", format: "NCHW", dims: [ELEMENTS, 1] });
  const values = new Float32Array(ELEMENTS).fill(1);
  const gigabytes = values.byteLength / 1e9;
  await tensor.write(values); // staging memory is made here
  const beat = startBeat();
  const started = performance.now();
  await tensor.write(values);
  const written = performance.now();
  const back = await tensor.read();
  const done = performance.now();
  const worstBeatMilliseconds = await beat.stop();
  if (back[0] !== 1 || back[ELEMENTS - 1] !== 1)
    throw new Error("the copy is not what was written");
  tensor.dispose();
  return {
    gigabytes,
    writeGigabytesPerSecond: (1000 * gigabytes) / (written - started),
    readGigabytesPerSecond: (1000 * gigabytes) / (done - written),
    worstBeatMilliseconds,
  };
}

function startBeat() {
  let [last, worst] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - 1);
    last = now;
  }, 1);
  return {
    /** Lets one more beat come, so that the last gap counts too. */
    async stop(): Promise<number> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      clearInterval(timer);
      return worst;
    },
  };
}
