// npm start: from a fresh clone to a trained network.
import { setUp, show } from "./stages.mjs";

setUp();
console.log("\n== Train the digits example");
const start = ["--silent", "--filter", "@batchnorm/example-digits", "run", "start"];
process.exitCode = show("pnpm", [...start, ...process.argv.slice(2)]);
