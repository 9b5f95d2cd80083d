import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = "batchnorm_cudnn.node";
/** Of the package it is built in; it is never published. */
const NATIVE_SOURCE = "@batchnorm/native/package.json";

/** Where the addon lies, or every place where it does not. */
export interface AddonSearch {
  readonly path: string | null;
  readonly tried: readonly string[];
}

/** What the search depends on, so that a test can say otherwise. */
export interface AddonPlaces {
  readonly platform: string;
  readonly architecture: string;
  /** The folder of this package's JavaScript. */
  readonly here: string;
  /** The file that `specifier` means from here. @throws where there is none */
  resolve(specifier: string): string;
}

/** The package with the built addon for a platform. */
function platformPackage({ platform, architecture }: AddonPlaces): string {
  return `@batchnorm/cudnn-${platform}-${architecture}`;
}

/** The command that brings the addon here. */
export function howToGetAddon(places: AddonPlaces = currentPlaces()): string {
  const inWorkspace = resolved(places, NATIVE_SOURCE) !== null;
  if (inWorkspace) return "npm run build, with a C++ compiler and CMake installed";
  return `npm install ${platformPackage(places)}`;
}

/** Looks for the addon: in a bundle, in the platform's package, and in the workspace it is built in. */
export function findAddon(places: AddonPlaces = currentPlaces()): AddonSearch {
  const tried: string[] = [];
  for (const [what, locate] of candidatesOf(places)) {
    const path = locate();
    if (path !== null && existsSync(path)) return { path, tried };
    tried.push(path === null ? `${what} (not installed)` : `${what} (${path}: no such file)`);
  }
  return { path: null, tried };
}

type Candidate = readonly [what: string, locate: () => string | null];

function candidatesOf(places: AddonPlaces): readonly Candidate[] {
  const packageName = platformPackage(places);
  const source = () => resolved(places, NATIVE_SOURCE);
  return [
    ["a bundle", () => join(places.here, FILE)],
    [`the package ${packageName}`, () => resolved(places, packageName)],
    ["the build of @batchnorm/native", () => inFolderOf(source(), "build", "Release", FILE)],
  ];
}

function resolved(places: AddonPlaces, specifier: string): string | null {
  try {
    return places.resolve(specifier);
  } catch {
    return null;
  }
}

function inFolderOf(file: string | null, ...parts: string[]): string | null {
  return file === null ? null : join(dirname(file), ...parts);
}

function currentPlaces(): AddonPlaces {
  // A URL in a module, a path in CommonJS: the build defines it so.
  const self = import.meta.url;
  const here = dirname(self.startsWith("file:") ? fileURLToPath(self) : self);
  const { platform, arch: architecture } = process;
  return { platform, architecture, here, resolve: createRequire(self).resolve };
}
