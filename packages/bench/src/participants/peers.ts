import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, packageRoot } from "../packageRoot.ts";
import { compileDriver } from "./compile.ts";
import { nodeChild } from "./nodeChild.ts";
import type { ParticipantPlan, Preparation } from "./participant.ts";
import { pythonWithTorch } from "./python.ts";

/** What a user would pick instead on a CPU. */
export const PEERS = ["pytorch", "onednn", "tfjs", "onnxruntime"] as const;

export type PeerName = (typeof PEERS)[number];

export function peerPlan(name: PeerName, threads: number): ParticipantPlan {
  return { name, role: "peer", prepare: () => PREPARE[name](String(threads)) };
}

const PREPARE: Readonly<Record<PeerName, (threads: string) => Preparation>> = {
  pytorch(threads) {
    const python = pythonWithTorch();
    if (python === null) {
      const install = "apt-get install --no-install-recommends python3-torch";
      return { absent: "no Python that has torch", install };
    }
    const program = join(packageRoot, "peers/pytorch.py");
    return { command: python, args: [program, threads], env: { OMP_NUM_THREADS: threads } };
  },
  onednn(threads) {
    const compiled = compileDriver("onednn", ["-ldnnl"]);
    if ("failure" in compiled) {
      return { absent: compiled.failure, install: "apt-get install g++ libdnnl-dev" };
    }
    return { command: compiled.program, args: [threads], env: { OMP_NUM_THREADS: threads } };
  },
  tfjs: (threads) => nodeChild("tfjs", [threads]),
  onnxruntime(threads) {
    // 110 MB for all platforms: installed only on request, so that the workspace stays light.
    const folder = join(cacheFolder, "npm-peers");
    if (!existsSync(join(folder, "node_modules/onnxruntime-node"))) {
      return { absent: "not installed", install: "pnpm --filter @batchnorm/bench run peers" };
    }
    return nodeChild("onnxruntime", [threads, folder]);
  },
};
