import type { Case } from "../case.js";
import { layerLifeCases } from "../properties/layerLife.js";
import { propertyCases } from "../properties/properties.js";
import { accuracyCases } from "./accuracy.js";
import { blendedResidualCases } from "./blendedResidual.js";
import { capabilityCases } from "./capabilities.js";
import { goldenCases } from "./goldens.js";
import { handlerCases } from "./handlers.js";
import { infoCases } from "./info.js";
import { narrowAccuracyCases } from "./narrowAccuracy.js";
import { narrowTensorCases } from "./narrowTensors.js";
import { orderCases } from "./order.js";
import { planCases } from "./plans.js";
import { rangeCases } from "./range.js";
import { varianceCases } from "./rule1Variance.js";
import { singleValueCases } from "./rule3SingleValue.js";
import { averagingCases } from "./rule4Averaging.js";
import { epsilonCases } from "./rule7Epsilon.js";
import { fusedSavedCases } from "./rule8Fused.js";
import { savedCases } from "./rule8Saved.js";
import { writtenSavedCases } from "./rule8Written.js";
import { blendingCases } from "./rule9Blending.js";
import { parameterCases } from "./rule10Parameters.js";
import { modeCases } from "./rule12Modes.js";
import { emptyCases } from "./rule13Empty.js";
import { nonFiniteCases } from "./rule15NonFinite.js";
import { overlapCases } from "./rule16Overlap.js";
import { determinismCases } from "./rule18Determinism.js";
import { activationCases } from "./rule19Activation.js";
import { runtimeErrorCases } from "./runtimeErrors.js";
import { shapeCases } from "./shapes.js";
import { stagingCases } from "./staging.js";
import { strideCases } from "./strides.js";
import { tensorCases } from "./tensors.js";
import { timingCases } from "./timing.js";

/** Every case, from what the others stand on to what takes longest. */
export const allCases: readonly Case[] = [
  ...handlerCases,
  ...capabilityCases,
  ...tensorCases,
  ...narrowTensorCases,
  ...orderCases,
  ...stagingCases,
  ...varianceCases,
  ...singleValueCases,
  ...averagingCases,
  ...epsilonCases,
  ...savedCases,
  ...writtenSavedCases,
  ...blendingCases,
  ...blendedResidualCases,
  ...parameterCases,
  ...modeCases,
  ...runtimeErrorCases,
  ...emptyCases,
  ...nonFiniteCases,
  ...overlapCases,
  ...determinismCases,
  ...activationCases,
  ...fusedSavedCases,
  ...accuracyCases,
  ...narrowAccuracyCases,
  ...rangeCases,
  ...goldenCases,
  ...strideCases,
  ...shapeCases,
  ...planCases,
  ...timingCases,
  ...infoCases,
  ...propertyCases,
  ...layerLifeCases,
];
