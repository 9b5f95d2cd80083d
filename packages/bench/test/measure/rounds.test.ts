import { expect, test } from "vitest";
import { runRounds } from "../../src/measure/rounds.ts";
import { calibrate } from "../../src/measure/timed.ts";
import type { Running } from "../../src/participants/start.ts";

/** A participant whose calls take a fixed time, and that notes when it is asked. */
function fake(
  name: string,
  nanoseconds: number,
  log: string[],
  failAfter = Number.POSITIVE_INFINITY,
) {
  let asked = 0;
  const request = async ({ iterations }: { iterations: number }) => {
    asked += 1;
    if (asked > failAfter) throw new Error("it broke");
    log.push(name);
    return nanoseconds * iterations;
  };
  return { name, role: "peer", child: { request } } as unknown as Running;
}

test("a sample takes about the time asked for, whatever a call takes", async () => {
  const iterations = async (nanoseconds: number) =>
    (await calibrate(fake("a", nanoseconds, []), "training", 15, 20e6)).iterations;
  expect(await iterations(1e6)).toBe(20);
  expect(await iterations(1e9)).toBe(1);
  expect(await iterations(10)).toBe(10_000);
});

test("what takes longer than 200 ms is sampled five times, without warm-up", async () => {
  const timed = await calibrate(fake("a", 300e6, []), "training", 15, 20e6);
  expect(timed).toMatchObject({ rounds: 5, warm: 0 });
});

test("rounds are interleaved in one order", async () => {
  const log: string[] = [];
  const all = [];
  for (const name of ["a", "b"])
    all.push(await calibrate(fake(name, 1e6, log), "training", 3, 2e6));
  log.length = 0;
  await runRounds(all);
  expect(log.join("")).toBe("ababab");
  expect(all[0].samples).toEqual([1e6, 1e6, 1e6]);
});

test("one that breaks is noted and left out; the others go on", async () => {
  const log: string[] = [];
  const broken = await calibrate(fake("a", 1e6, log, 3), "training", 3, 2e6);
  const sound = await calibrate(fake("b", 1e6, log), "training", 3, 2e6);
  await runRounds([broken, sound]);
  expect(broken).toMatchObject({ failure: "it broke", samples: [1e6] });
  expect(sound.samples).toHaveLength(3);
});
