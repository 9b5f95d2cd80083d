import type { Probe } from "@batchnorm/core";
import { describe, expect, test } from "vitest";
import { findLibraries } from "../../src/libraries/findLibraries.ts";
import { askChild } from "../../src/probe/askChild.ts";
import { verdictOf } from "../../src/probe/verdict.ts";
import { failing, fakeAddon, working } from "../support/fakeAddon.ts";
import { machine } from "../support/machine.ts";

const DRIVER = "libcuda.so.1";
const SONAME = "libcudnn.so.9";

interface Situation {
  readonly load: string;
  readonly machine?: Parameters<typeof machine>[0];
  readonly device?: number;
}

/** What a user is told on such a machine. The child process and its answer are real; the addon is not. */
async function probeOf({ load, machine: given = {}, device = 0 }: Situation): Promise<Probe> {
  const environment = machine(given);
  const search = findLibraries({ driver: null, cudnn: null }, environment);
  const cudnn = search.cudnn.map(({ path }) => path);
  const reply = await askChild({ addon: fakeAddon(load), driver: search.driver, cudnn, device });
  if (!("answer" in reply)) throw new Error(reply.died);
  return verdictOf(reply.answer, device, search, environment);
}

async function refusalOf(situation: Situation) {
  const probe = await probeOf(situation);
  if (probe.available) throw new Error(`available: ${probe.found}`);
  return probe;
}

const noDriver = failing({
  call: "dlopen",
  library: DRIVER,
  message: `cannot open ${DRIVER}: no such file`,
});
const noDevice = failing({ call: "cuInit", statusName: "CUDA_ERROR_NO_DEVICE" });
const noCudnn = `throw Object.assign(new Error("cannot open " + cudnn), { call: "dlopen", library: cudnn, cudnnVersion: 0 });`;
const oldCudnn = failing({ call: "dlsym", cudnnVersion: 8907, message: "has no symbol" });

describe("the verdicts", () => {
  test("no driver", async () => {
    const { found, next, tried } = await refusalOf({ load: noDriver });
    expect(found).toMatch(/^no driver of NVIDIA: cannot open libcuda/);
    expect(next).toMatch(/install NVIDIA's driver.*nvidia-smi/);
    expect(tried[0]).toContain(DRIVER);
  });

  test("no driver library, though the kernel has its module", async () => {
    const { found, next } = await refusalOf({
      load: noDriver,
      machine: { kernelModule: "580.1.2" },
    });
    expect(found).toContain("kernel module is loaded (580.1.2)");
    expect(next).toBe("nvidia-smi");
  });

  test("a driver, but no device", async () => {
    const { found, next } = await refusalOf({ load: noDevice });
    expect(found).toBe("a driver of NVIDIA, but no device");
    expect(next).toBe("nvidia-smi -L");
  });

  test("a driver, but its devices are hidden", async () => {
    const variables = { CUDA_VISIBLE_DEVICES: "" };
    const { found } = await refusalOf({ load: noDevice, machine: { variables } });
    expect(found).toContain('CUDA_VISIBLE_DEVICES is ""');
  });

  test("a driver that does not start", async () => {
    const load = failing({ call: "cuInit", statusName: "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" });
    expect((await refusalOf({ load })).found).toMatch(/^a driver that does not start/);
  });

  test("no cuDNN, with every place tried", async () => {
    const wheel = `/venv/lib/python3.12/site-packages/nvidia/cudnn/lib/${SONAME}`;
    const given = { files: [wheel], variables: { VIRTUAL_ENV: "/venv", CUDNN_PATH: "/opt/cudnn" } };
    const { found, next, tried } = await refusalOf({ load: noCudnn, machine: given });
    expect(found).toBe("a driver of NVIDIA, but no cuDNN 9 that opens, at 2 places");
    expect(next).toMatch(/pip install .*nvidia-cudnn/);
    expect(tried).toEqual([
      `open /opt/cudnn/lib/${SONAME} (CUDNN_PATH; no such file)`,
      `open /opt/cudnn/lib64/${SONAME} (CUDNN_PATH; no such file)`,
      `open /usr/local/cuda/lib64/${SONAME} (the usual folder of CUDA; no such file)`,
      `open ${SONAME} (the system's library path; cannot open ${SONAME})`,
      `open ${wheel} (VIRTUAL_ENV; cannot open ${wheel})`,
    ]);
  });

  test("a cuDNN that is too old, where one opens and where only its file is there", async () => {
    const opened = await refusalOf({ load: oldCudnn });
    expect(opened.found).toMatch(/too old; 9 or later is needed: has no symbol/);
    const file = "/opt/cudnn/lib/libcudnn.so.8";
    const given = { files: [file], variables: { CUDNN_PATH: "/opt/cudnn" } };
    const seen = await refusalOf({ load: noCudnn, machine: given });
    expect(seen.found).toContain(file);
    expect(seen.next).toMatch(/pip install --upgrade/);
  });

  test("no device of that number", async () => {
    const { found } = await refusalOf({ load: working(2), device: 2 });
    expect(found).toBe("no device 2: there are 2, from 0");
  });

  test("a device that does not open", async () => {
    const { found } = await refusalOf({ load: working(1, 'throw new Error("lost");') });
    expect(found).toContain("device 0 cannot be used: lost");
    expect(found).toContain("cuDNN 9.19.0 for CUDA 13.0");
  });

  test("an addon that does not load", async () => {
    const { found } = await refusalOf({ load: "} ; ( " });
    expect(found).toMatch(/^the addon cannot be loaded/);
  });

  test("usable, with device, capability, memory, driver, CUDA and cuDNN", async () => {
    const probe = await probeOf({ load: working(), machine: { kernelModule: "580.159.04" } });
    expect(probe).toEqual({
      available: true,
      found:
        "device 0: NVIDIA H100 80GB HBM3, compute capability 9.0, 85.0 GiB; driver 580.159.04; a driver for CUDA 13.0; cuDNN 9.19.0 for CUDA 13.0 (libcudnn.so.9)",
    });
  });
});
