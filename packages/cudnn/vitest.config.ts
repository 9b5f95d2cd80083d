import { project } from "../../tooling/project.ts";

export default project("@batchnorm/cudnn");
