// Compiles the kernels and bundles the worker into TypeScript modules, so that the package needs no
// file besides its own JavaScript, wherever it runs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import asc from "assemblyscript/asc";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const generated = `${root}src/generated`;
mkdirSync(generated, { recursive: true });

const shared = await compile(["--enable", "threads", "--sharedMemory"]);
const plain = await compile([]);
writeModule("module.ts", {
  MODULE_DEFLATED_BASE64: deflateRawSync(shared, { level: 9 }).toString("base64"),
  SHARED_FLAG_OFFSET: flagOffset(shared, plain),
});

const worker = await build({
  entryPoints: [`${root}src/threads/workerMain.ts`],
  bundle: true,
  format: "cjs",
  minify: true,
  // Leaves `require` as it is; where there is none, the worker is a browser.
  platform: "node",
  write: false,
});
writeModule("workerSource.ts", { WORKER_SOURCE: worker.outputFiles[0].text });

/** @param {string[]} memoryOptions */
async function compile(memoryOptions) {
  const outFile = "module.wasm";
  /** @type {Uint8Array | undefined} */
  let binary;
  const { error, stderr } = await asc.main(
    [
      "assembly/index.ts",
      ...["--outFile", outFile, "-O3", "--noAssert", "--runtime", "stub", "--use", "abort="],
      ...["--enable", "simd", "--enable", "bulk-memory", "--importMemory"],
      ...["--initialMemory", "1", "--maximumMemory", "65536", ...memoryOptions],
    ],
    {
      readFile: (name, base) => read(`${base === "." ? root : `${base}/`}${name}`),
      writeFile: (_name, contents) => {
        binary = /** @type {Uint8Array} */ (contents);
      },
      listFiles: () => null,
    },
  );
  if (error || !binary) throw new Error(`asc failed\n${stderr}`, { cause: error });
  return binary;
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/**
 * The two builds differ in the one flag that says whether the imported memory is shared.
 * @param {Uint8Array} shared
 * @param {Uint8Array} plain
 */
function flagOffset(shared, plain) {
  const length = Math.max(shared.length, plain.length);
  const offsets = Array.from({ length }, (_, i) => i).filter((i) => shared[i] !== plain[i]);
  if (offsets.length === 1 && shared[offsets[0]] === 3 && plain[offsets[0]] === 1) {
    return offsets[0];
  }
  throw new Error(
    `the shared and plain modules differ in ${offsets.length} bytes, expected one flag`,
  );
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} constants
 */
function writeModule(name, constants) {
  const lines = Object.entries(constants).map(
    ([key, value]) => `export const ${key} = ${JSON.stringify(value)};\n`,
  );
  writeFileSync(`${generated}/${name}`, `// Made by scripts/generate.mjs.\n${lines.join("")}`);
}
