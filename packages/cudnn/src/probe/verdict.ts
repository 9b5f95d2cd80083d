import type { Probe } from "@batchnorm/core";
import type { Environment } from "../libraries/environment.js";
import type { LibrarySearch } from "../libraries/findLibraries.js";
import type { LibraryFailure } from "../libraries/openFirst.js";
import { versionText } from "../native/versions.js";
import type { Answer } from "./examine.js";

type Unavailable = Extract<Probe, { available: false }>;

/** What an answer of the child process means for a user. */
export function verdictOf(
  answer: Answer,
  device: number,
  search: LibrarySearch,
  environment: Environment,
): Probe {
  const tried = triedOf(answer, search);
  if (answer.path === undefined) return { ...withoutLibraries(answer, search, environment), tried };
  const { deviceCount = 0, facts, error } = answer;
  if (device >= deviceCount) {
    return { available: false, tried, ...withoutDevice(device, deviceCount, environment) };
  }
  if (facts === undefined || error !== undefined) {
    const found = `${librariesText(answer)}, but device ${device} cannot be used: ${error}`;
    return { available: false, tried, found, next: SEE_DEVICES };
  }
  return { available: true, found: usableText(answer, device, environment) };
}

const SEE_DEVICES = "nvidia-smi";

/** Every place: those without a file, then those with one in the order they were tried. */
function triedOf({ failures, path }: Answer, { without, cudnn }: LibrarySearch): string[] {
  const outcome = (candidate: string) => {
    const failure = failures.find(({ library }) => library === candidate);
    if (failure !== undefined) return failure.text;
    return candidate === path ? "opened" : "not tried";
  };
  const ofDriver = failures.find(({ kind }) => !kind.startsWith("cuDNN"));
  // Without a driver no cuDNN was looked at.
  if (ofDriver !== undefined) return [`open ${ofDriver.library} (${ofDriver.text})`];
  return [
    ...without,
    ...cudnn.map((one) => `open ${one.path} (${one.reason}; ${outcome(one.path)})`),
  ];
}

function withoutLibraries(
  { failures, error }: Answer,
  search: LibrarySearch,
  environment: Environment,
): Omit<Unavailable, "tried"> {
  const last = failures.at(-1);
  const ofDriver = failures.find(({ kind }) => !kind.startsWith("cuDNN"));
  const available = false as const;
  if (last === undefined) {
    const found = `the addon cannot be loaded: ${error}`;
    return { available, found, next: "npm install @batchnorm/cudnn" };
  }
  if (ofDriver !== undefined) return { available, ...withoutDriver(ofDriver, environment) };
  return { available, ...withoutCudnn(failures, search) };
}

function withoutDriver({ kind, text }: LibraryFailure, environment: Environment) {
  if (kind === "no device") return withoutDevice(0, 0, environment);
  const installed = kernelModule(environment);
  const found = kind === "no driver" ? "no driver of NVIDIA" : "a driver that does not start";
  const next = installed === null ? "install NVIDIA's driver, then run: nvidia-smi" : "nvidia-smi";
  const module = installed === null ? "" : `, though its kernel module is loaded (${installed})`;
  return { found: `${found}${module}: ${text}`, next };
}

function withoutDevice(device: number, count: number, { variables }: Environment) {
  const { CUDA_VISIBLE_DEVICES } = variables;
  const hidden =
    CUDA_VISIBLE_DEVICES === undefined
      ? ""
      : ` (CUDA_VISIBLE_DEVICES is "${CUDA_VISIBLE_DEVICES}", which hides others)`;
  const found =
    count === 0
      ? `a driver of NVIDIA, but no device${hidden}`
      : `no device ${device}: there are ${count}, from 0${hidden}`;
  return { found, next: "nvidia-smi -L" };
}

function withoutCudnn(failures: readonly LibraryFailure[], { older }: LibrarySearch) {
  const old = failures.find(({ kind }) => kind === "cuDNN too old");
  const next = "pip install --upgrade nvidia-cudnn-cu13, or set CUDNN_PATH to where cuDNN 9 lies";
  if (old !== undefined) {
    return { found: `a cuDNN that is too old; 9 or later is needed: ${old.text}`, next };
  }
  if (older.length > 0) {
    return { found: `a cuDNN that is too old; 9 or later is needed: ${older.join(", ")}`, next };
  }
  const places = failures.length === 1 ? "" : `, at ${failures.length} places`;
  return { found: `a driver of NVIDIA, but no cuDNN 9 that opens${places}`, next };
}

function usableText(answer: Answer, device: number, environment: Environment): string {
  const { facts } = answer;
  if (facts === undefined) return "";
  const gibibytes = (facts.totalMemory / 2 ** 30).toFixed(1);
  const capability = facts.computeCapability.join(".");
  const module = kernelModule(environment);
  return [
    `device ${device}: ${facts.name}, compute capability ${capability}, ${gibibytes} GiB`,
    ...(module === null ? [] : [`driver ${module}`]),
    librariesText(answer),
  ].join("; ");
}

function librariesText({
  driverVersion = 0,
  cudnnVersion = 0,
  cudnnCudaVersion = 0,
  path,
}: Answer) {
  const [driver, cuda] = [driverVersion, cudnnCudaVersion].map(versionText.cuda);
  return `a driver for CUDA ${driver}; cuDNN ${versionText.cudnn(cudnnVersion)} for CUDA ${cuda} (${path})`;
}

/** The version of the loaded kernel module, such as 580.159.04; null where there is none. */
function kernelModule({ firstLine }: Environment): string | null {
  const line = firstLine("/proc/driver/nvidia/version");
  return line === null ? null : (/\s(\d+(?:\.\d+)+)\s/.exec(line)?.[1] ?? "of unknown version");
}
