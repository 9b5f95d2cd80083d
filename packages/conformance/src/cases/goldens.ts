import type { Handler, TensorSpec } from "@batchnorm/core";
import { type Case, needs } from "../case.js";
import { expectClose } from "../compare/expectClose.js";
import type { Precision, ResultKind } from "../compare/tolerance.js";
import { GOLDEN_NAMES, type Golden, loadGolden } from "../goldens/load.js";
import type { Expected } from "../oracle/expected.js";
import { createLayer, hold, holdParameter } from "../rig/layer.js";
import { FORMATS, specOf } from "../rig/specs.js";
import { valuesOf } from "../rig/tensors.js";
import { boundsOf, type GoldenBounds } from "./goldenBounds.js";

/** PyTorch's values, with the bounds of the oracle. */
function golden(values: readonly number[], { magnitudes, slack }: Expected): Expected {
  return { values: Float64Array.from(values), magnitudes, slack };
}

/** Runs a golden in PyTorch's order: inference, training, backward. */
async function runGolden(handler: Handler, data: Golden, spec: TensorSpec): Promise<void> {
  const { scale, bias, epsilon, averagingFactor } = data;
  const layer = createLayer(handler, { mode: "spatial", spec, scale, bias });
  const { ops } = layer;
  await ops.runningMean.write(data.runningMean0);
  await ops.runningVariance.write(data.runningVariance0);
  const [x, dy] = [hold(handler, spec, data.x).tensor, hold(handler, spec, data.dy).tensor];
  const [y, dx, yInference] = [0, 0, 0].map(() => hold(handler, spec, data.x).tensor);
  const [dScale, dBias] = [0, 0].map(() => holdParameter(handler, ops, scale).tensor);
  const parameters = { scale: layer.scale.tensor, bias: layer.bias.tensor };
  ops.forwardInference({ x, y: yInference, ...parameters, epsilon });
  ops.forwardTraining({ x, y, ...parameters, epsilon, averagingFactor });
  ops.backward({ x, dy, dx, scale: parameters.scale, dScale, dBias });

  const dataType = spec.dataType as "float32" | "float64";
  const bounds = boundsOf(data, dataType, handler.capabilities.accuracy);
  const { runningMean, runningVariance, savedMean, savedInvVariance } = ops;
  const outputs = { yInference, y };
  const statistics = { runningMean, runningVariance, savedMean, savedInvVariance };
  const gradients = { dx, dScale, dBias };
  const expectAll = async (
    tensors: Partial<Record<keyof GoldenBounds, typeof x>>,
    kind: ResultKind,
  ) => {
    const precision: Precision = { dataType, kind };
    for (const [key, tensor] of Object.entries(tensors)) {
      const name = key as keyof GoldenBounds;
      expectClose(name, await valuesOf(tensor), golden(data[name], bounds[name]), precision);
    }
  };
  await expectAll(outputs, "output");
  await expectAll(statistics, "statistic");
  await expectAll(gradients, "gradient");
}

/** Results that PyTorch computed in float64, with the script that made them beside the files. */
export const goldenCases: readonly Case[] = GOLDEN_NAMES.flatMap((name) =>
  (["float32", "float64"] as const).map((dataType) => ({
    name: `goldens: PyTorch ${name} in ${dataType}`,
    skip: needs.dataType(dataType),
    async run({ handler }) {
      const data = await loadGolden(name);
      for (const format of FORMATS) {
        await runGolden(handler, data, specOf(data.dims, { dataType, format }));
      }
    },
  })),
);
