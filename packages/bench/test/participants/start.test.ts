import { expect, test } from "vitest";
import type { ParticipantPlan } from "../../src/participants/participant.ts";
import { start } from "../../src/participants/start.ts";

function planOf(prepare: ParticipantPlan["prepare"]): ParticipantPlan {
  return { name: "one", role: "peer", prepare };
}

test("what is not installed says why, and what to type", async () => {
  const plan = planOf(() => ({ absent: "no compiler", install: "apt-get install g++" }));
  expect(await start(plan)).toEqual({
    name: "one",
    role: "peer",
    absent: "no compiler",
    install: "apt-get install g++",
  });
});

test("what dies at its first word is absent, in one line", async () => {
  const program = `console.error("first"); console.error("cannot load"); process.exit(1);`;
  const plan = planOf(() => ({ command: process.execPath, args: ["-e", program] }));
  expect(await start(plan)).toMatchObject({ absent: "ended with 1: cannot load" });
});

test("what answers is running, with its description", async () => {
  const value = { version: "1", threads: 2, note: "n" };
  const answer = JSON.stringify({ id: 1, value });
  const program = `process.stdin.once("data", () => console.log(${JSON.stringify(answer)}));`;
  const running = await start(planOf(() => ({ command: process.execPath, args: ["-e", program] })));
  expect(running).toMatchObject({ name: "one", description: value });
  if ("child" in running) running.child.close();
});
