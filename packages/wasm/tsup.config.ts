export { build as default } from "../../tooling/build.ts";
