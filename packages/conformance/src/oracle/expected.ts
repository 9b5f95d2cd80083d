/** What a result should be, and what its error is to be measured against. */
export interface Expected {
  readonly values: Float64Array;
  /** Largest, or sum, of the magnitudes of what was summed: rounding errors are relative to it. */
  readonly magnitudes: Float64Array;
  /** Error that the permitted error of the mean may add. */
  readonly slack: Float64Array;
}

/** One expected value at a time. */
export interface ExpectedValue {
  readonly value: number;
  readonly magnitude: number;
  readonly slack: number;
}

export function expectedOf(length: number, at: (index: number) => ExpectedValue): Expected {
  const values = new Float64Array(length);
  const magnitudes = new Float64Array(length);
  const slack = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    const one = at(index);
    values[index] = one.value;
    magnitudes[index] = one.magnitude;
    slack[index] = one.slack;
  }
  return { values, magnitudes, slack };
}

/** alpha · result + beta · destination, where beta 0 does not read the destination. */
export function blend(
  result: ExpectedValue,
  alpha: number,
  beta: number,
  destination: number,
): ExpectedValue {
  const old = beta === 0 ? 0 : beta * destination;
  return {
    value: alpha * result.value + old,
    magnitude: Math.abs(alpha) * result.magnitude + Math.abs(old),
    slack: Math.abs(alpha) * result.slack,
  };
}
