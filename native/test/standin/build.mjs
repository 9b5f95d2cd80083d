// Builds both stand-in libraries with the system's C++ compiler into build/ (git-ignored), when a source is
// newer than they are. `node build.mjs` does it by hand.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, "build");
const rawFolder = join(here, "../../src/raw");

const sources = (folder) => filesOf(folder).filter((file) => file.endsWith(".cpp"));

const libraries = {
  // "nodelete": like the real driver it stays loaded, for its threads outlive a dlclose.
  driver: {
    file: join(output, "libcuda_standin.so"),
    sources: ["control", "driver"],
    flags: ["-Wl,-z,nodelete"],
  },
  cudnn: {
    file: join(output, "libcudnn_standin.so"),
    sources: ["cudnn"],
    flags: ["-Wl,-z,nodelete", `-L${output}`, "-lcuda_standin", "-Wl,-rpath,$ORIGIN"],
  },
};

/** Paths of the libraries, to load them by. */
export const paths = { driver: libraries.driver.file, cudnn: libraries.cudnn.file };

/** Makes the libraries. Returns why it could not, or null. */
export function buildStandIn() {
  if (process.platform !== "linux") return "the stand-in libraries are made for Linux";
  const compiler = findCompiler();
  if (compiler === undefined) return "no C++ compiler was found (tried $CXX, c++, g++, clang++)";
  mkdirSync(output, { recursive: true });
  // In this order: the second is linked with the first.
  for (const library of Object.values(libraries)) {
    if (!isFresh(library)) build(compiler, library);
  }
  return null;
}

function findCompiler() {
  const candidates = [process.env.CXX, "c++", "g++", "clang++"].filter(Boolean);
  return candidates.find((name) => spawnSync(name, ["--version"]).status === 0);
}

function isFresh(library) {
  if (!existsSync(library.file)) return false;
  const made = statSync(library.file).mtimeMs;
  const read = ["control", "driver", "cudnn"].flatMap(filesOf);
  const all = [...read, ...readdirSync(rawFolder).map((name) => join(rawFolder, name))];
  return all.every((file) => statSync(file).mtimeMs < made);
}

function build(compiler, library) {
  // Written beside and renamed: another process may have the old one loaded or be building too.
  const temporary = `${library.file}.${process.pid}`;
  const shared = ["-fPIC", "-shared", `-Wl,-soname,${basename(library.file)}`];
  compile(compiler, [...shared, ...library.sources.flatMap(sources), ...library.flags], temporary);
  renameSync(temporary, library.file);
}

/** Compiles and links as the libraries are. Throws what the compiler says. */
export function compileStandIn(parts, file) {
  compile(findCompiler(), parts, file);
}

function compile(compiler, parts, file) {
  const options = "-std=c++20 -O2 -g1 -pthread -fvisibility=hidden -Wall -Wextra -Werror".split(
    " ",
  );
  const args = [...options, ...parts, "-o", file];
  const done = spawnSync(compiler, args, { encoding: "utf8" });
  if (done.status === 0) return;
  rmSync(file, { force: true });
  throw new Error(`the stand-in did not compile:\n${compiler} ${args.join(" ")}\n${done.stderr}`);
}

function filesOf(folder) {
  return readdirSync(join(here, folder)).map((name) => join(here, folder, name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const reason = buildStandIn();
  if (reason !== null) throw new Error(reason);
}
