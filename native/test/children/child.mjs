// What every child begins with: its input, the addon, and a way to answer.
import { createRequire } from "node:module";
import { StandIn } from "../standin/index.mjs";

const input = JSON.parse(process.env.BATCHNORM_CHILD ?? "{}");

export const libraries = input.libraries;
export const given = input.arguments;
export const addonFile = input.addon;
export const standIn = new StandIn(input.page);

/** The addon; loading it is part of what is tested. */
export function loadAddon() {
  return createRequire(import.meta.url)(input.addon);
}

/** Tells the test: a JSON value a line. */
export function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** An error as a value, with everything the addon puts on it. */
export function describe(error) {
  const { name, message, code, call, status, statusName, text, sticky } = error;
  const { driverVersion, cudnnVersion, requested, free } = error;
  const memory = { requested, free };
  return {
    name,
    message,
    code,
    call,
    status,
    statusName,
    text,
    sticky,
    driverVersion,
    cudnnVersion,
    ...memory,
  };
}

/** Runs the case named by the first argument; the test sees by `done` that it came to its end. */
export async function runCase(cases) {
  await cases[given[0]]();
  say({ done: true });
}

/** Resolves on the next turn of the event loop, when finalizers and settled promises have had theirs. */
export function turn(milliseconds = 0) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until it holds; false if it does not within some seconds. */
export async function until(holds) {
  for (let i = 0; i < 500; i++) {
    if (holds()) return true;
    globalThis.gc?.();
    await turn(10);
  }
  return false;
}
