import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** From the ground up. A package may import what stands below its floor, and nothing else of ours. */
const floors: readonly (readonly string[])[] = [
  ["@batchnorm/core"],
  ["@batchnorm/cpu", "@batchnorm/wasm", "@batchnorm/cudnn"],
  ["batchnorm", "@batchnorm/conformance"],
  ["@batchnorm/interop"],
  ["@batchnorm/bench", "@batchnorm/cli"],
];

interface Imported {
  readonly from: string;
  readonly specifier: string;
}

export interface Package {
  readonly name: string;
  readonly imports: readonly Imported[];
  readonly dependencies: readonly string[];
}

const packagesFolder = new URL("../../../packages/", import.meta.url).pathname;

/** Every package as written on disk: what its sources import and what its manifest asks for. */
export function readPackages(): Package[] {
  return readdirSync(packagesFolder).map((folder) => {
    const home = join(packagesFolder, folder);
    const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    return {
      name: manifest.name,
      imports: sourcesUnder(join(home, "src")).flatMap(importsOf),
      dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    };
  });
}

/** One sentence for each import or dependency that does not point down. */
export function floorViolations({ name, imports, dependencies }: Package): string[] {
  const own = floorOf(name);
  if (own === -1) return [`${name} has no floor`];
  const mayNot = (specifier: string) => floorOf(packageName(specifier)) >= own;
  return [
    ...imports
      .filter((one) => mayNot(one.specifier))
      .map((one) => `${one.from} imports ${one.specifier}`),
    ...dependencies.filter(mayNot).map((one) => `${name} depends on ${one}`),
  ];
}

/** Imports of something that is neither a file of the package nor declared in its manifest. */
export function undeclaredImports({ imports, dependencies }: Package): string[] {
  return imports
    .filter(({ specifier }) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
    .filter(({ specifier }) => !dependencies.includes(packageName(specifier)))
    .map((one) => `${one.from} imports ${one.specifier}`);
}

function floorOf(name: string): number {
  return floors.findIndex((floor) => floor.includes(name));
}

function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.[cm]?tsx?$/.test(file))
    .map((file) => join(folder, file));
}

function importsOf(file: string): Imported[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
  const from = relative(packagesFolder, file);
  return importedFiles.map(({ fileName }) => ({ from, specifier: fileName }));
}
