import { argumentError } from "../errors/argumentError.js";
import {
  createTensorDescriptor,
  describeDescriptor,
  type TensorDescriptor,
} from "../tensor/tensorDescriptor.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import { type StatisticsDataType, statisticsDataType } from "../vocabulary/dataType.js";

/**
 * The descriptor of scale, bias and statistics, as `cudnnDeriveBNTensorDescriptor` gives it:
 * 1, C, 1… in the spatial modes; 1, C, spatial… per activation, packed C-major even where x is NHWC.
 * @throws BatchNormError `INVALID_DESCRIPTOR` per activation, if a spatial dim is 0
 */
export function parameterDescriptor(
  call: string,
  mode: BatchNormMode,
  x: TensorDescriptor,
): TensorDescriptor<StatisticsDataType> {
  const perActivation = mode === "perActivation";
  const dims = x.dims.map((dim, axis) => (axis === 1 || (perActivation && axis > 1) ? dim : 1));
  if (dims.includes(0)) {
    throw argumentError("INVALID_DESCRIPTOR", {
      call,
      argument: "x",
      expected: "spatial dims of at least 1 in perActivation mode",
      received: x,
      receivedText: describeDescriptor(x),
    });
  }
  return createTensorDescriptor(
    { dataType: statisticsDataType(x.dataType), format: "NCHW", dims },
    call,
  );
}
