// Libraries that are not there, not whole, not the right ones, or old.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { paths } from "./standin/index.mjs";
import { runChild } from "./support/child.ts";
import { functionsIn } from "./support/functions.ts";
import { whyNot } from "./support/places.ts";

const reason = whyNot();
const folder = mkdtempSync(join(tmpdir(), "batchnorm-libraries-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Pair {
  readonly driver: string;
  readonly cudnn: string;
}

async function load(pairs: readonly Pair[], orders = "") {
  const given = pairs.map((pair) => JSON.stringify(pair));
  const ended = await runChild("loading", { arguments: given, orders });
  expect(ended, ended.stderr).toMatchObject({ code: 0, signal: null });
  expect(ended.said.length).toBe(pairs.length);
  return ended.said as readonly { error?: { name: string; message: string; call?: string } }[];
}

/** A copy of a library in which one function has another name. */
function without(library: string, name: string): string {
  const bytes = readFileSync(library);
  const needle = Buffer.from(`\0${name}\0`);
  let found = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
    bytes.write("_", at + name.length);
    found++;
  }
  if (found === 0) throw new Error(`${library} has no ${name}`);
  const file = join(folder, `without-${name}.so`);
  writeFileSync(file, bytes);
  return file;
}

describe.skipIf(reason !== null)(`loading${reason ? ` (${reason})` : ""}`, () => {
  test("says the versions and how many devices there are", async () => {
    const orders = "driver=12080 cudnn=90300 cudnnCuda=12060 devices=3";
    expect(await load([paths], orders)).toEqual([
      { driverVersion: 12080, cudnnVersion: 90300, cudnnCudaVersion: 12060, deviceCount: 3 },
    ]);
  });

  test("an old cuDNN loads, so that its version can be told", async () => {
    expect(await load([paths], "cudnn=8907")).toMatchObject([{ cudnnVersion: 8907 }]);
  });

  test("a driver without a device is its own error", async () => {
    const [answer] = await load([paths], "devices=0");
    expect(answer?.error).toMatchObject({
      name: "NativeError",
      call: "cuInit",
      status: 100,
      statusName: "CUDA_ERROR_NO_DEVICE",
    });
  });

  test.each(["driver", "cudnn"] as const)(
    "names each function that %s lacks, and the file",
    async (which) => {
      const names = functionsIn(which);
      const files = names.map((name) => without(paths[which], name));
      const answers = await load(files.map((file) => ({ ...paths, [which]: file })));
      for (const [i, name] of names.entries()) {
        expect(answers[i]?.error?.name, name).toBe("NativeError");
        expect(answers[i]?.error?.message).toContain(name);
        expect(answers[i]?.error?.message).toContain(files[i]);
      }
    },
  );

  test("says which file is missing, is no library, or is another library", async () => {
    const text = join(folder, "text.so");
    writeFileSync(text, "not a library");
    const missing = join(folder, "missing.so");
    const pairs = [
      { ...paths, driver: missing },
      { ...paths, cudnn: missing },
      { ...paths, driver: text },
      { ...paths, cudnn: text },
      { ...paths, driver: "libm.so.6" },
      { ...paths, cudnn: paths.driver },
      paths,
    ];
    const answers = await load(pairs);
    const files = [missing, missing, text, text, "libm.so.6", paths.driver];
    for (const [i, file] of files.entries()) {
      expect(answers[i]?.error?.name).toBe("NativeError");
      expect(answers[i]?.error?.message).toContain(file);
    }
    // None of the failures stands in the way of a right pair.
    expect(answers.at(-1)).toMatchObject({ deviceCount: 2 });
  });
});
