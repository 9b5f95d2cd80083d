import type { DeviceMemory } from "@batchnorm/core";
import { geometryOf } from "../../oracle/geometry.js";
import type { BackwardJob, Sabotage, TrainingJob } from "../sabotage.js";
import type { Broken } from "./broken.js";

/** Wrong use of what a forward left besides its statistics. */
export const brokenReserve: readonly Broken[] = [
  {
    name: "takes the mask from what its forward stored",
    caughtBy: [
      "rule 19: the mask comes from the y that backward is given, whatever the forward stored",
    ],
    create: () => maskOfForward({ ofFirst: false }),
  },
  {
    name: "keeps the mask of the first forward that used these saved statistics",
    caughtBy: [
      "rule 8: saved statistics serve batches of other sizes in turn, with an activation or none",
    ],
    create: () => maskOfForward({ ofFirst: true }),
  },
  {
    name: "shares the mask between two forwards",
    caughtBy: ["rule 8: two fused forwards may precede their backwards"],
    create: () => maskOfForward({ ofFirst: false, shared: true }),
  },
  {
    name: "computes the mask again from x, scale and bias",
    caughtBy: [
      "rule 19: the mask comes from the stored y, though x, scale or bias were written since",
      "rule 19: the mask comes from the y that backward is given, whatever the forward stored",
      "rule 8: backward uses saved statistics that the user wrote after a fused forward",
    ],
    create: () => ({ backward: recomputeMask }),
  },
  {
    name: "keeps the statistics of its forward though the user wrote others",
    caughtBy: [
      "rule 8: backward uses saved statistics that the user wrote",
      "rule 8: backward uses saved statistics that the user wrote after a fused forward",
    ],
    create: rememberedStatistics,
  },
];

interface MaskOptions {
  readonly ofFirst: boolean;
  /** One mask for all saved statistics. */
  readonly shared?: boolean;
}

/** As a backend that keeps the mask in its reserve and does not ask whether it still fits. */
function maskOfForward({ ofFirst, shared = false }: MaskOptions): Sabotage {
  const masks = new Map<DeviceMemory | null, Float64Array>();
  const keyOf = (mean: DeviceMemory) => (shared ? null : mean);
  return {
    async forwardTraining({ spec, call, proceed, host }: TrainingJob) {
      proceed();
      if (call.saved === null || call.activation === "identity") return;
      const key = keyOf(call.saved.mean);
      if (ofFirst && masks.has(key)) return;
      masks.set(key, await host.read(call.y, spec.x));
    },
    async backward({ spec, call, proceed, host }: BackwardJob) {
      const mask = call.saved === null ? undefined : masks.get(keyOf(call.saved.mean));
      if (call.y !== null && mask !== undefined) {
        const values = Float64Array.from(
          { length: spec.x.elementCount },
          (_, i) => mask[i % mask.length],
        );
        call.y = await host.copyOf(spec.x, values);
      }
      proceed();
    },
  };
}

function rememberedStatistics(): Sabotage {
  const inverses = new Map<DeviceMemory, Float64Array>();
  return {
    async forwardTraining({ spec, call, proceed, host }: TrainingJob) {
      proceed();
      if (call.saved === null) return;
      inverses.set(call.saved.mean, await host.read(call.saved.invVariance, spec.parameters));
    },
    async backward({ spec, call, proceed, host }: BackwardJob) {
      const inverse = call.saved === null ? undefined : inverses.get(call.saved.mean);
      if (call.saved !== null && inverse !== undefined) {
        const invVariance = await host.copyOf(spec.parameters, inverse);
        call.saved = { ...call.saved, invVariance };
      }
      proceed();
    },
  };
}

/** As cuDNN's fused backward does, which does not read y. */
async function recomputeMask({ spec, call, proceed, host }: BackwardJob): Promise<void> {
  const { saved, bias } = call;
  if (call.y === null || saved === null || bias === null || call.dz !== null) return proceed();
  const { groupOf } = geometryOf(spec.mode, spec.x.dims);
  const parameters = (memory: DeviceMemory) => host.read(memory, spec.parameters);
  const [mean, inverse] = [await parameters(saved.mean), await parameters(saved.invVariance)];
  const [scale, shift] = [await parameters(call.scale), await parameters(bias)];
  const x = await host.read(call.x, spec.x);
  const y = x.map((value, i) => {
    const g = groupOf[i];
    return (value - mean[g]) * inverse[g] * scale[g] + shift[g];
  });
  call.y = await host.copyOf(spec.x, y);
  proceed();
}
