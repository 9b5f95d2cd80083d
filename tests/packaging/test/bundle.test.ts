import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, inject, test } from "vitest";
import { runNode } from "./node.ts";

const consumer = inject("consumer");

/**
 * Bytes of the minified bundle of everything a package exports, and of what it loads only when asked:
 * the size measured, and a quarter more.
 */
const cases = [
  { name: "@batchnorm/core", holds: ["@batchnorm/core"], budget: 55_000, lazyBudget: 0 },
  {
    name: "batchnorm",
    holds: ["@batchnorm/core", "@batchnorm/cpu", "@batchnorm/wasm", "batchnorm"],
    budget: 65_000,
    lazyBudget: 150_000,
  },
];

async function bundle(name: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: `export * from "${name}"`, resolveDir: consumer },
    absWorkingDir: consumer,
    bundle: true,
    format: "esm",
    metafile: true,
    minify: true,
    outdir: "bundle",
    platform: "browser",
    // Dynamic imports become files of their own, as a page would load them.
    splitting: true,
    write: false,
  });
  const files = Object.keys(metafile.inputs).filter((file) => file !== "<stdin>");
  const outputs = Object.entries(metafile.outputs);
  const textOf = (path: string) =>
    outputFiles.find((file) => file.path === join(consumer, path))?.text ?? "";
  const atOnce = new Set<string>();
  const visit = (path: string) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement") visit(next);
    }
  };
  visit("bundle/stdin.js");
  const external = outputs.flatMap(([, { imports }]) => imports.filter((one) => one.external));
  const text = [...atOnce].map(textOf).join("");
  const later = outputs.map(([path]) => path).filter((path) => !atOnce.has(path));
  return { files, external, text, lazyText: later.map(textOf).join(""), outputFiles };
}

/** node_modules/@scope/name/dist/index.js → @scope/name */
function owner(file: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ?? file;
}

describe.each(cases)("$name, bundled for a browser", async (expected) => {
  const { name, holds, budget, lazyBudget } = expected;
  const { files, external, text, lazyText } = await bundle(name);
  const [bytes, lazyBytes] = [Buffer.byteLength(text), Buffer.byteLength(lazyText)];

  test("holds these packages and no other", () => {
    expect([...new Set(files.map(owner))].sort()).toEqual(holds);
  });

  test("asks for nothing at run time", () => {
    expect(external).toEqual([]);
    expect(text).not.toMatch(/["'`]node:/);
    expect(text).not.toMatch(/\brequire\(/);
    expect(text).not.toMatch(/\bprocess\./);
  });

  test(`takes at most ${budget} bytes at once and ${lazyBudget} later`, () => {
    console.log(`${name}: ${bytes} bytes minified, ${gzipSync(text).length} gzipped`);
    console.log(
      `   loaded when asked for: ${lazyBytes} bytes, ${gzipSync(lazyText).length} gzipped`,
    );
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThanOrEqual(budget);
    expect(lazyBytes).toBeLessThanOrEqual(lazyBudget);
  });
});

test("batchnorm's bundle for a browser opens wasm and cpu, and knows no cudnn", async () => {
  const { outputFiles } = await bundle("batchnorm");
  mkdirSync(join(consumer, "bundle"), { recursive: true });
  for (const { path, text } of outputFiles) writeFileSync(path, text);
  const script = `
    const { createHandler } = await import("./bundle/stdin.js");
    const chosen = async (backend) => {
      const handler = await createHandler({ backend });
      handler.dispose();
      return handler.selection.chosen;
    };
    const [auto, cpu] = [await chosen("auto"), await chosen("cpu")];
    const cudnn = await createHandler({ backend: "cudnn" }).catch((error) => error.code);
    console.log(JSON.stringify({ auto, cpu, cudnn }));`;
  expect(runNode(consumer, "module", script)).toEqual({
    auto: "wasm",
    cpu: "cpu",
    cudnn: "INVALID_ARGUMENT",
  });
});
