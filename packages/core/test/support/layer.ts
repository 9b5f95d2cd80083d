import type { Handler } from "../../src/handler/handler.ts";
import type { Ops } from "../../src/ops/ops.ts";
import type { OpsOptions } from "../../src/ops/opsOptions.ts";
import { preStageSpatial } from "../../src/ops/preStage.ts";
import type { DataType } from "../../src/vocabulary/dataType.ts";

/** A staged ops and every tensor its calls need. */
export function layerOn(
  handler: Handler,
  options: Partial<OpsOptions> = {},
  dataType: DataType = "float32",
) {
  const spec = { dataType, format: "NCHW", dims: [4, 3, 2, 2] } as const;
  const ops: Ops = preStageSpatial(handler, options);
  ops.stage(spec);
  const data = () => handler.createTensor(spec);
  const parameter = () => handler.createTensor(ops.scaleBiasDescriptor);
  const tensors = {
    x: data(),
    y: data(),
    dy: data(),
    dx: data(),
    scale: parameter(),
    bias: parameter(),
    dScale: parameter(),
    dBias: parameter(),
  };
  const { x, y, dy, dx, scale, bias, dScale, dBias } = tensors;
  const training = { x, y, scale, bias, averagingFactor: 0.1 };
  const inference = { x, y, scale, bias };
  const gradients = { x, dy, dx, scale, dScale, dBias };
  return { ops, spec, tensors, training, inference, gradients };
}
