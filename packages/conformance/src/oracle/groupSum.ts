import type { Geometry } from "./geometry.js";

type Term = (index: number, group: number) => number;

/**
 * Sums terms by group as if with twice the digits, by keeping what each addition loses.
 * Source: Neumaier, 1974, https://doi.org/10.1002/zamm.19740540106
 */
export function sumByGroup({ groups, groupOf }: Geometry, term: Term): Float64Array {
  const sums = new Float64Array(groups);
  const lost = new Float64Array(groups);
  for (let index = 0; index < groupOf.length; index++) {
    const group = groupOf[index];
    const sum = sums[group];
    const value = term(index, group);
    const total = sum + value;
    lost[group] += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sums[group] = total;
  }
  return sums.map((sum, group) => sum + lost[group]);
}

/** Largest term of each group, 0 for none; NaN is passed over. */
export function largestByGroup({ groups, groupOf }: Geometry, term: Term): Float64Array {
  const largest = new Float64Array(groups);
  for (let index = 0; index < groupOf.length; index++) {
    const group = groupOf[index];
    const value = term(index, group);
    if (value > largest[group]) largest[group] = value;
  }
  return largest;
}
