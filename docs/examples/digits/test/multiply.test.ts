import { expect, test } from "vitest";
import { Matrix } from "../src/matrix.ts";
import { multiply, multiplyTransposed, transpose } from "../src/multiply.ts";
import { randomMatrix } from "./random.ts";

function naive(a: Matrix, b: Matrix): Matrix {
  const out = a.zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) {
      for (let k = 0; k < a.columns; k++) {
        out.values[i * b.columns + j] += a.values[i * a.columns + k] * b.values[k * b.columns + j];
      }
    }
  }
  return out;
}

/** Every third number is 0, since multiply leaves zeros out. */
function withZeros(matrix: Matrix): Matrix {
  return new Matrix(
    matrix.rows,
    matrix.columns,
    matrix.values.map((value, i) => (i % 3 === 0 ? 0 : value)),
  );
}

test.each([
  [1, 1, 1],
  [3, 4, 5],
  [2, 7, 3],
  [5, 17, 2],
])("%i×%i by %i columns", (rows, inner, columns) => {
  const a = withZeros(randomMatrix(rows, inner));
  const b = randomMatrix(inner, columns);
  const expected = Array.from(naive(a, b).values, (value) => expect.closeTo(value, 12));
  const out = randomMatrix(rows, columns);

  multiply(a, b, out);
  expect(Array.from(out.values)).toEqual(expected);

  const transposed = a.zeros(inner, rows);
  transpose(a, transposed);
  out.values.fill(Number.NaN);
  multiplyTransposed(transposed, b, out);
  expect(Array.from(out.values)).toEqual(expected);
});

test("a row of zeros gives zeros", () => {
  const out = randomMatrix(1, 3);
  multiply(new Matrix(1, 2, new Float64Array(2)), randomMatrix(2, 3), out);
  expect(Array.from(out.values)).toEqual([0, 0, 0]);
});
