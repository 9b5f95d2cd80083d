// Batch normalization by its formulas, in float64, over values in logical order (N, C, spatial…): what the steps
// are compared with.

/** Indexes of each statistic's values: one statistic a channel, or one a position when per activation. */
export function groups([n, c, h, w], perActivation) {
  const at = (i, j, k, l) => ((i * c + j) * h + k) * w + l;
  const found = [];
  for (let j = 0; j < c; j++) {
    const positions = [];
    for (let k = 0; k < h; k++) for (let l = 0; l < w; l++) positions.push([k, l]);
    const gather = (some) => {
      const indexes = [];
      for (let i = 0; i < n; i++) for (const [k, l] of some) indexes.push(at(i, j, k, l));
      return indexes;
    };
    if (perActivation) for (const position of positions) found.push(gather([position]));
    else found.push(gather(positions));
  }
  return found;
}

export function moments(x, indexes) {
  const mean = indexes.reduce((sum, i) => sum + x[i], 0) / indexes.length;
  const squares = indexes.reduce((sum, i) => sum + (x[i] - mean) ** 2, 0);
  return { mean, variance: squares / indexes.length };
}

export function forward({ x, z, scale, bias, shape, epsilon, relu, given }) {
  const y = new Float64Array(x.length);
  const [mean, variance] = [[], []];
  for (const [p, indexes] of shape.entries()) {
    const found = given
      ? { mean: given.mean[p], variance: given.variance[p] }
      : moments(x, indexes);
    mean.push(found.mean);
    variance.push(found.variance);
    for (const i of indexes) {
      const value =
        ((x[i] - found.mean) / Math.sqrt(found.variance + epsilon)) * scale[p] + bias[p];
      y[i] = relu ? Math.max(value + (z?.[i] ?? 0), 0) : value + (z?.[i] ?? 0);
    }
  }
  return { y, mean, variance };
}

/** `dy` is the gradient before batch normalization's own output, the activation's mask applied. */
export function backward({ x, dy, scale, shape, epsilon }) {
  const dx = new Float64Array(x.length);
  const [dScale, dBias] = [[], []];
  for (const [p, indexes] of shape.entries()) {
    const { mean, variance } = moments(x, indexes);
    const invStd = 1 / Math.sqrt(variance + epsilon);
    const normalised = (i) => (x[i] - mean) * invStd;
    const sum = indexes.reduce((total, i) => total + dy[i], 0);
    const product = indexes.reduce((total, i) => total + dy[i] * normalised(i), 0);
    dBias.push(sum);
    dScale.push(product);
    for (const i of indexes) {
      const centred = dy[i] - sum / indexes.length - (normalised(i) * product) / indexes.length;
      dx[i] = scale[p] * invStd * centred;
    }
  }
  return { dx, dScale, dBias };
}
