// Every function of the driver and of cuDNN that the addon calls fails in turn.
import { describe, expect, test } from "vitest";
import { runChild } from "./support/child.ts";
import { builtKernels, functionsIn } from "./support/functions.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();
const hasKernels = reason === null && builtKernels().length > 0;

// These report nothing by a status.
const withoutStatus = [
  "cudnnGetVersion",
  "cudnnGetCudartVersion",
  "cudnnGetErrorString",
  "cudnnGetLastErrorString",
];

// What it takes for the walk to call a function at all.
const needs: Record<string, string> = {
  cuMemAlloc_v2: "pools=0",
  cuMemFree_v2: "pools=0",
  cuMemPoolTrimTo: "fail:cuMemAllocFromPoolAsync:3=2",
  cuGetErrorName: "fail:cuMemPoolCreate:1=1",
  cuGetErrorString: "fail:cuMemPoolCreate:1=1",
};

/** Of kernels of our own, which an addon built without CUDA's compiler has not. */
const ofKernels = /^cu(Module|Func|Launch.*Ex|Occupancy)/;

/**
 * Nobody is left to tell when releasing fails, and what is called because something else has failed does not
 * hide that: these must only leave nothing behind. The same goes for calls while a device is disposed.
 */
const quiet = /Destroy|Unload|Free|Release|cuStreamSynchronize|cuMemPoolTrimTo/;
const isQuiet = (name: string, call: number) =>
  quiet.test(name) ||
  // The first wait is for what `initialize` enqueued, which has returned by then; and only the first call in a
  // thread has to enter the context, later ones are about to release something.
  (name === "cuEventSynchronize" && call === 1) ||
  (name === "cuCtxSetCurrent" && call > 1);

/** Asked for the words of an error only: the error itself is what the caller gets. */
const words = /^cuGetError/;

interface Noted {
  readonly what: string;
  readonly name: string;
  readonly message: string;
  readonly call?: string;
  readonly status?: number;
  readonly statusName?: string;
  readonly driverVersion?: number;
  readonly cudnnVersion?: number;
}
interface Outcome {
  readonly call: number;
  readonly errors: readonly Noted[];
  readonly alive: Record<string, number>;
  readonly misuse: number;
  readonly pageable: number;
  readonly later: readonly Noted[];
}

describe
  .skipIf(reason !== null)
  .concurrent(`failures in turn${reason ? ` (${reason})` : ""}`, () => {
    const cases = [
      ...functionsIn("driver")
        .filter((name) => hasKernels || !ofKernels.test(name))
        .map((name) => ({
          name,
          status: 1,
          statusName: "CUDA_ERROR_INVALID_VALUE",
        })),
      ...functionsIn("cudnn")
        .filter((name) => !withoutStatus.includes(name))
        .map((name) => ({ name, status: 4000, statusName: "CUDNN_STATUS_INTERNAL_ERROR" })),
    ];
    test.each(cases)("$name", async ({ name, status, statusName }) => {
      const orders = needs[name] ?? "";
      const ended = await runChild("failures", { arguments: [name, String(status), orders] });
      expect(ended, ended.stderr).toMatchObject({ code: 0, signal: null });
      const [first, ...rest] = ended.said as [
        { calls: number; beforeDispose: number },
        ...Outcome[],
      ];
      expect(first.calls, `the walk never calls ${name}`).toBeGreaterThan(0);
      const outcomes = rest.filter((one) => "errors" in one);
      expect(outcomes.length).toBe(Math.min(5, first.calls));
      for (const outcome of outcomes) {
        expect(outcome, ended.lastMisuse).toMatchObject({
          alive: {},
          misuse: 0,
          pageable: 0,
          later: [],
        });
        if (words.test(name)) continue;
        const mine = outcome.errors.filter((error) => error.call === name);
        const told = outcome.call <= first.beforeDispose && !isQuiet(name, outcome.call);
        if (told) expect(mine.length, `call ${outcome.call}`).toBeGreaterThan(0);
        const others = outcome.errors.filter((error) => error.call !== name);
        expect(others).toEqual([]);
        for (const error of mine) {
          expect(error).toMatchObject({ name: "NativeError", status, statusName });
          expect(error.message).toContain(name);
        }
      }
    });
  });
