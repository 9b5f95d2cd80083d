import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A file that a child process loads in place of the addon; `body` is the body of its `load`. */
export function fakeAddon(body: string): string {
  const folder = mkdtempSync(join(tmpdir(), "batchnorm-fake-addon-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "addon.cjs");
  writeFileSync(path, `exports.load = ({ driver, cudnn }) => { ${body} };`);
  return path;
}

const FACTS = {
  name: "NVIDIA H100 80GB HBM3",
  computeCapability: [9, 0],
  totalMemory: 85 * 2 ** 30,
  multiprocessors: 132,
  memoryPools: true,
  l2Bytes: 50 * 2 ** 20,
  uuid: "GPU-0",
};

/** `load` of a machine where all is well, with `deviceCount` cards. */
export const working = (deviceCount = 1, open = "return { dispose() {} };") => `
  return {
    driverVersion: 13000, cudnnVersion: 91900, cudnnCudaVersion: 13000, deviceCount: ${deviceCount},
    deviceFacts: () => (${JSON.stringify(FACTS)}),
    open: () => { ${open} },
  };`;

/** Throws as the addon does. */
export const failing = (fields: object) => `
  throw Object.assign(new Error(${JSON.stringify((fields as { message?: string }).message ?? "failed")}),
    { name: "NativeError", cudnnVersion: 0, statusName: "", ...${JSON.stringify(fields)} });`;
