import { randomLcg, randomNormal } from "d3-random";
import { Matrix } from "../src/matrix.ts";

const normal = randomNormal.source(randomLcg(7))(0, 1);

/** float64, the same in every run. */
export function randomMatrix(rows: number, columns: number): Matrix {
  return new Matrix(rows, columns, Float64Array.from({ length: rows * columns }, normal));
}
