import { build } from "../../tooling/build.ts";

export default { ...build, entry: ["src/index.ts", "src/index.browser.ts"] };
