/** The middle of the samples: noise on a shared machine is all to one side, so means would drift. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Linear between neighbours, as in most tools. @throws RangeError for no samples */
export function quantile(samples: readonly number[], part: number): number {
  if (samples.length === 0) throw new RangeError("a quantile of no samples");
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/** The distance of the quartiles as a part of the median: how much the samples disagree. */
export function spread(samples: readonly number[]): number {
  return (quantile(samples, 0.75) - quantile(samples, 0.25)) / median(samples);
}
