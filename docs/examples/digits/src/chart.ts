import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Contestant } from "./comparison.js";

const SVG = "http://www.w3.org/2000/svg";
const TITLE = "MNIST with and without batch normalization";

/** One look per curve, also told apart without colours. */
const LOOKS = [
  { stroke: "#c2410c", strokeDasharray: "none" },
  { stroke: "#1d4ed8", strokeDasharray: "6 4" },
] as const;

/** Test accuracy over steps, as an SVG document. */
export function drawChart(contestants: readonly Contestant[], subtitle: string): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const last = Math.max(...contestants.flatMap(({ curve }) => curve.map(({ step }) => step)));
  const chart = Plot.plot({
    document,
    width: 760,
    height: 500,
    marginTop: 96,
    marginLeft: 60,
    marginBottom: 48,
    marginRight: 24,
    style: { background: "white", color: "#1f2328", fontSize: "13px" },
    x: {
      label: "Training step",
      labelAnchor: "center",
      labelArrow: "none",
      domain: [0, last],
      ticks: 6,
    },
    y: {
      label: "Test accuracy (%)",
      domain: [0, 100],
      grid: true,
      labelAnchor: "center",
      labelArrow: "none",
    },
    marks: [
      Plot.ruleY([0]),
      ...contestants.map(({ curve }, index) =>
        Plot.line(curve, {
          x: "step",
          y: ({ accuracy }) => accuracy * 100,
          strokeWidth: 2,
          ...LOOKS[index],
        }),
      ),
      ...contestants.flatMap(({ name }, index) => legendEntry(name, index, last)),
      heading(TITLE, { dy: -68, fontSize: 18 }),
      heading(subtitle, { dy: -44, fontSize: 13 }),
    ],
  });
  // A file of its own needs a namespace and a title, and not the rules for charts inside pages.
  chart.setAttribute("xmlns", SVG);
  chart.querySelector("style")?.remove();
  const title = document.createElementNS(SVG, "title");
  title.textContent = TITLE;
  chart.prepend(title);
  return `${chart.outerHTML}\n`;
}

/** Above the frame, where no curve can come: the scales go on beyond their domains. */
function legendEntry(name: string, index: number, last: number): Plot.Markish[] {
  const left = 0.36 * index;
  const line = { x1: left * last, x2: (left + 0.06) * last, y: 105 };
  return [
    Plot.ruleY([line], { x1: "x1", x2: "x2", y: "y", strokeWidth: 2, ...LOOKS[index] }),
    Plot.text([line], { x: "x2", y: "y", text: () => name, textAnchor: "start", dx: 8 }),
  ];
}

function heading(text: string, options: { dy: number; fontSize: number }): Plot.Markish {
  return Plot.text([text], { frameAnchor: "top-left", lineAnchor: "bottom", ...options });
}
