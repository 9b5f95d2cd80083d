import { isBatchNormError } from "../errors/batchNormError.js";
import { createTensorDescriptor } from "../tensor/tensorDescriptor.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import { DATA_TYPES, type DataType, statisticsDataType } from "../vocabulary/dataType.js";
import { TENSOR_FORMATS } from "../vocabulary/tensorFormat.js";
import { checkArray, checkObject, checkOneOf } from "./checks.js";
import { type Field, fieldOf, type ObjectField, refuse } from "./field.js";
import type { InfoDescriptor } from "./info.js";
import type { StatisticsShape } from "./statisticsShape.js";

/** The descriptor of the x whose statistics were saved: a tensor, and one that has these statistics. */
export function checkSavedDescriptor(
  field: Field,
  mode: BatchNormMode,
  shape: StatisticsShape,
): InfoDescriptor {
  const given = checkObject(field);
  const descriptor = {
    dataType: checkDataType(fieldOf(given, "dataType"), shape),
    format: checkOneOf(fieldOf(given, "format"), TENSOR_FORMATS),
    dims: Object.freeze(checkDims(fieldOf(given, "dims"), mode, shape)),
    strides: Object.freeze(copyInts(fieldOf(given, "strides"), shape, () => null)),
  };
  checkTensor(given, descriptor);
  return Object.freeze(descriptor);
}

function checkDataType(field: Field, shape: StatisticsShape): DataType {
  const dataType = checkOneOf(field, DATA_TYPES);
  if (statisticsDataType(dataType) === shape.dataType) return dataType;
  throw refuse(field, `a data type whose statistics are ${shape.dataType}`);
}

/** Only what binds dims to the statistics: whether they describe a tensor is `checkTensor`'s. */
function checkDims(field: Field, mode: BatchNormMode, shape: StatisticsShape): number[] {
  return copyInts(field, shape, (dim, axis) => {
    const isShared = axis === 1 || (axis > 1 && mode === "perActivation");
    return !isShared || dim === shape.dims[axis] ? null : `${shape.dims[axis]}, as the statistics`;
  });
}

function copyInts(
  field: Field,
  { dims }: StatisticsShape,
  expectedAt: (element: unknown, index: number) => string | null,
): number[] {
  const expected = `an array of ${dims.length} integers, as many as the statistics have dims`;
  return checkArray(field, expected, (length) => length === dims.length, expectedAt) as number[];
}

/** The rules of every descriptor, under this one's path. */
function checkTensor(given: ObjectField, descriptor: InfoDescriptor): void {
  try {
    createTensorDescriptor(descriptor, given.call);
  } catch (cause) {
    if (!isBatchNormError(cause)) {
      throw refuse(given, "a readable value", { receivedText: "one that throws", cause });
    }
    const { details } = cause;
    const field = { ...given, path: `${given.prefix}${details.argument}` };
    const receivedText = String(details.received);
    throw refuse(field, String(details.expected), { receivedText, cause });
  }
}
