export type {
  Info,
  InfoAveraging,
  InfoDescriptor,
  InfoExtension,
  InfoSaved,
  InfoStatistics,
  StatisticsArray,
} from "./info.js";
export { type ParseInfoOptions, parseInfo } from "./parseInfo.js";
export { type StringifyInfoOptions, stringifyInfo } from "./stringifyInfo.js";
