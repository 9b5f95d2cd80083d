/** Logical dims: N, C, spatial… */
export type Shape = readonly number[];

/** `32x64x56x56` or `32×64×56×56`; null for anything else. */
export function parseShape(text: string): Shape | null {
  const dims = text
    .trim()
    .split(/[x×]/i)
    .map((part) => (/^[1-9]\d{0,8}$/.test(part) ? Number(part) : Number.NaN));
  return dims.length >= 2 && dims.every((dim) => !Number.isNaN(dim)) ? dims : null;
}

export function formatShape(shape: Shape): string {
  return shape.join("×");
}

export function elementsOf(shape: Shape): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
