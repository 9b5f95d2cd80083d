import { checkEpsilon, checkObject } from "./checks.js";
import { type Field, fieldOf, refuse } from "./field.js";
import type { InfoSaved } from "./info.js";
import { checkSavedDescriptor } from "./savedDescriptor.js";
import { checkOptionalBuffer, type Layer, NEVER_STAGED } from "./statistics.js";

export function checkSaved(field: Field, layer: Layer): InfoSaved {
  const { shape } = layer;
  if (shape === null) throw refuse(field, NEVER_STAGED);
  const given = checkObject(field);
  const epsilon = fieldOf(given, "epsilon");
  const descriptor = fieldOf(given, "descriptor");
  return Object.freeze({
    epsilon: epsilon.value === null ? null : checkEpsilon(epsilon),
    descriptor:
      descriptor.value === null ? null : checkSavedDescriptor(descriptor, layer.mode, shape),
    meanLow: checkOptionalBuffer(fieldOf(given, "meanLow"), layer),
  });
}
