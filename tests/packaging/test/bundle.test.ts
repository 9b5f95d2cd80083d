import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, inject, test } from "vitest";
import { runNode } from "./node.ts";

const consumer = inject("consumer");

/** Bytes of the minified bundle of everything a package exports: the size measured, and a quarter more. */
const cases = [
  { name: "@batchnorm/core", holds: ["@batchnorm/core"], budget: 52_000 },
  { name: "batchnorm", holds: ["@batchnorm/core", "@batchnorm/cpu", "batchnorm"], budget: 62_500 },
];

async function bundle(name: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: `export * from "${name}"`, resolveDir: consumer },
    absWorkingDir: consumer,
    bundle: true,
    format: "esm",
    metafile: true,
    minify: true,
    platform: "browser",
    write: false,
  });
  const files = Object.keys(metafile.inputs).filter((file) => file !== "<stdin>");
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return { files, imports, text: outputFiles[0]?.text ?? "" };
}

/** node_modules/@scope/name/dist/index.js → @scope/name */
function owner(file: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? file;
}

describe.each(cases)("$name, bundled for a browser", async ({ name, holds, budget }) => {
  const { files, imports, text } = await bundle(name);
  const bytes = Buffer.byteLength(text);

  test("holds these packages and no other", () => {
    expect([...new Set(files.map(owner))].sort()).toEqual(holds);
  });

  test("asks for nothing at run time", () => {
    expect(imports).toEqual([]);
    expect(text).not.toMatch(/["'`]node:/);
    expect(text).not.toMatch(/\brequire\(/);
    expect(text).not.toMatch(/\bprocess\./);
  });

  test(`takes at most ${budget} bytes`, () => {
    console.log(`${name}: ${bytes} bytes minified, ${gzipSync(text).length} gzipped`);
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThanOrEqual(budget);
  });
});

test("batchnorm's bundle for a browser opens the cpu and knows no cudnn", async () => {
  const { text } = await bundle("batchnorm");
  writeFileSync(join(consumer, "bundle.mjs"), text);
  const script = `
    const { createHandler } = await import("./bundle.mjs");
    const open = (backend) => createHandler({ backend });
    const cpu = (await open("cpu")).selection.chosen;
    const cudnn = await open("cudnn").catch((error) => error.code);
    console.log(JSON.stringify({ cpu, cudnn }));`;
  expect(runNode(consumer, "module", script)).toEqual({ cpu: "cpu", cudnn: "INVALID_ARGUMENT" });
});
