import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { publicPackages } from "../../../tooling/packages.mjs";

export interface Bundle {
  readonly text: string;
  /** Files it is made of. */
  readonly inputs: readonly string[];
}

/** The page's script, from the built packages, as a bundler for browsers sees them. */
export async function bundleHarness(): Promise<Bundle> {
  requireBuild();
  const root = join(import.meta.dirname, "..");
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "page/harness.ts")],
    absWorkingDir: root,
    bundle: true,
    format: "iife",
    metafile: true,
    platform: "browser",
    target: "es2022",
    // The workspace's tsconfig leads to the sources.
    tsconfigRaw: {},
    write: false,
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

function requireBuild(): void {
  for (const { directory, manifest } of publicPackages()) {
    if (existsSync(join(directory, "dist"))) continue;
    throw new Error(`${manifest.name} is not built; run "npm run build" first`);
  }
}
