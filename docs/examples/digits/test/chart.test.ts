import { DOMParser } from "linkedom";
import { expect, test } from "vitest";
import { drawChart } from "../src/chart.ts";
import { Contestant } from "../src/comparison.ts";
import { Network } from "../src/network.ts";

function contestant(name: string, accuracies: number[]): Contestant {
  const one = new Contestant(name, new Network([]));
  accuracies.forEach((accuracy, i) => {
    one.curve.push({ step: i * 100, accuracy });
  });
  return one;
}

const svg = drawChart(
  [contestant("With <BN>", [0.1, 0.8, 0.9]), contestant("Without", [0.1, 0.1, 0.2])],
  "learning rate 0.2, seed 1",
);

test("is well-formed XML, every element closed", () => {
  const open: string[] = [];
  for (const [, closing, name, rest] of svg.matchAll(/<(\/?)([\w:-]+)([^<>]*)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!rest.endsWith("/")) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg.replace(/<[^<>]*>/g, "")).not.toMatch(/[<>]|&(?!\w+;|#\d+;)/);
});

test("has both curves, with different looks, and a legend, labels and a title", () => {
  const document = new DOMParser().parseFromString(svg, "image/svg+xml");
  const lines = [...document.querySelectorAll('g[aria-label="line"]')];
  expect(lines.map((line) => line.querySelector("path")?.getAttribute("d"))).toEqual([
    expect.stringMatching(/^M[\d.,]+L[\d.,]+L[\d.,]+$/),
    expect.stringMatching(/^M[\d.,]+L[\d.,]+L[\d.,]+$/),
  ]);
  expect(new Set(lines.map((line) => line.getAttribute("stroke"))).size).toBe(2);
  const texts = [...document.querySelectorAll("text")].map(({ textContent }) => textContent);
  expect(texts).toEqual(
    expect.arrayContaining([
      "With <BN>",
      "Without",
      "Training step",
      "Test accuracy (%)",
      "MNIST with and without batch normalization",
      "learning rate 0.2, seed 1",
    ]),
  );
});
