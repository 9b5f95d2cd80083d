import type { PlanSpec } from "@batchnorm/core";
import { layoutOf } from "../plan/layout.js";
import { type ColumnMap, columnMapOf } from "./columnMap.js";
import { Columns, columnsTake } from "./columns.js";
import type { Family, Reduction } from "./family.js";
import type { Kernels } from "./kernels.js";
import { Planes, planesTake } from "./planes.js";
import { Strided } from "./strided.js";
import { Sweep, sweepTakes } from "./sweep.js";

/** The fastest kernels that take the tensor. @throws BatchNormError `UNSUPPORTED` */
export function familyFor(kernels: Kernels, spec: PlanSpec): Family {
  const map = columnMapOf(spec.mode, spec.x);
  const parameters = spec.parameters.elementCount;
  if (map === null || !sweepTakes(map, spec)) {
    const strided = new Strided(kernels, spec);
    return { parameters, reduction: strided, pass: strided };
  }
  const pass = new Sweep(kernels, spec, map);
  return { parameters, reduction: reductionFor(kernels, spec, map), pass };
}

function reductionFor(kernels: Kernels, spec: PlanSpec, map: ColumnMap): Reduction {
  const isImage = spec.mode !== "perActivation" && layoutOf(spec.x) === "channelsFirst";
  if (isImage && planesTake(spec)) return new Planes(kernels, spec);
  if (!isImage && columnsTake(map, spec)) return new Columns(kernels, spec, map);
  return new Strided(kernels, spec);
}
