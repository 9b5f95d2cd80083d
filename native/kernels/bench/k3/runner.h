// One operation as its sequence of launches, by the rules of launch.h or forced onto one road.
#pragma once

#include <memory>

#include "../../params.h"
#include "gpu.h"

enum class Road { automatic, split, strided };

struct Statistics {
  uint64_t mean = 0, meanLow = 0, invDeviation = 0;
};

struct Call {
  uint64_t x = 0, z = 0, y = 0, dy = 0, dx = 0, dz = 0;
  uint64_t scale = 0, bias = 0, dScale = 0, dBias = 0;
  uint64_t runningMean = 0, runningVariance = 0;
  Statistics saved;
  double epsilon = 1e-5, averagingFactor = 0.1, alpha = 1, beta = 0, alphaParam = 1, betaParam = 0;
  bool relu = false, biasedVariance = false;
};

class Runner {
public:
  rules::Tensor tensor;
  std::string suffix; // f32, f16, bf16, f64
  Road road = Road::automatic;
  std::vector<rules::Dim> kept, reduced; // where the road is strided
  uint32_t visits = 0;

  Runner(Kernels& use, rules::Tensor of, std::string type) : tensor(of), suffix(std::move(type)), kernels(use) {}

  void inference(const Call& call) { normalize("inference", call, call.runningMean, 0, call.runningVariance); }

  void forward(const Call& call) {
    const int shift = road == Road::automatic ? rules::residentShift(tensor, false) : -1;
    if (shift >= 0) return residentForward(call, shift);
    const Statistics kept = orWorkspace(call.saved);
    moments(call, kept, call.runningMean, call.runningVariance);
    normalize("apply_forward", call, kept.mean, kept.meanLow, kept.invDeviation);
  }

  void backward(const Call& call) {
    const int shift = road == Road::automatic ? rules::residentShift(tensor, true) : -1;
    if (shift >= 0) return residentBackward(call, shift);
    Statistics saved = call.saved;
    if (saved.mean == 0) {
      saved = orWorkspace(saved);
      moments(call, saved, 0, 0);
    }
    GradientsWork work = gradientsWork(call);
    work.mean = saved.mean;
    work.meanLow = saved.meanLow;
    work.spread = saved.invDeviation;
    const uint32_t splits = gradients(work);
    finishGradients(call, splits, true);
    propagate(call, saved);
  }

  void backwardInference(const Call& call) {
    GradientsWork work = gradientsWork(call);
    work.mean = call.runningMean;
    work.spread = call.runningVariance;
    work.flags = BN_SPREAD_IS_VARIANCE;
    work.dx = call.dx;
    work.scale = call.scale;
    work.epsilon = call.epsilon;
    work.alpha = call.alpha;
    work.beta = call.beta;
    finishGradients(call, gradients(work), false);
  }

  std::string describe(bool backward) const {
    if (road == Road::strided) return "strided";
    if (road == Road::automatic && rules::residentShift(tensor, backward) >= 0) return "resident";
    if (rules::isPlanes(tensor)) return "planes";
    return rules::canColumns(tensor) ? "columns" : "strided sums";
  }

private:
  Kernels& kernels;
  std::unique_ptr<Buffer> parts, table;

  uint64_t partsFor(uint64_t splits, size_t part) {
    const size_t bytes = splits * rules::parameters(tensor) * part;
    if (!parts || parts->bytes < bytes) parts = std::make_unique<Buffer>(bytes);
    return parts->address;
  }

  /** Five arrays of statistics size: mean, low word, inverse deviation, mean gradient, mean projection. */
  uint64_t tableAt(int index) {
    const size_t each = (rules::parameters(tensor) * 8 + 15) / 16 * 16;
    if (!table) table = std::make_unique<Buffer>(each * 5);
    return table->address + each * index;
  }

  Statistics orWorkspace(const Statistics& saved) {
    return saved.mean ? saved : Statistics{tableAt(0), tableAt(1), tableAt(2)};
  }

  std::string statisticsSuffix() const { return suffix == "f64" ? "f64" : "f32"; }

  StridedShape stridedShape() const {
    if (!kept.empty() || !reduced.empty()) return rules::stridedShape(kept, reduced);
    // A packed tensor.
    const rules::Tensor& t = tensor;
    const rules::Dim n{t.samples, t.channels * t.spatial};
    const rules::Dim c{t.channels, t.channelsLast ? 1 : t.spatial};
    const rules::Dim s{t.spatial, t.channelsLast ? t.channels : 1};
    if (t.perActivation) return rules::stridedShape({c, s}, {n});
    return rules::stridedShape({c}, {n, s});
  }

  void normalize(const std::string& op, const Call& call, uint64_t mean, uint64_t meanLow, uint64_t spread) {
    NormalizeParams params{};
    params.flags = call.relu ? BN_RELU : 0;
    params.x = call.x;
    params.z = call.z;
    params.y = call.y;
    params.scale = call.scale;
    params.bias = call.bias;
    params.mean = mean;
    params.meanLow = meanLow;
    params.spread = spread;
    params.epsilon = call.epsilon;
    params.alpha = call.alpha;
    params.beta = call.beta;
    if (road == Road::strided || !rules::canSweep(tensor)) {
      StridedNormalizeParams strided{stridedShape(), params};
      return kernels.launch(op + "_strided_" + suffix, rules::stridedGrid(strided.shape), strided);
    }
    params.shape = rules::sweepShape(tensor, visits);
    const bool blend = call.z != 0 || call.beta != 0;
    const std::string variant = rules::isUniform(tensor) ? "_uniform" : "_mixed";
    kernels.launch(op + variant + (blend ? "_blend_" : "_") + suffix, {rules::sweepGrid(params.shape), 1}, params);
  }

  void propagate(const Call& call, const Statistics& saved) {
    PropagateParams params{};
    params.x = call.x;
    // dz is dy behind the mask, already written.
    params.dy = call.dz ? call.dz : call.dy;
    params.y = call.dz || !call.relu ? 0 : call.y;
    params.dx = call.dx;
    params.scale = call.scale;
    params.mean = saved.mean;
    params.meanLow = saved.meanLow;
    params.invDeviation = saved.invDeviation;
    params.meanGradient = tableAt(3);
    params.meanProjection = tableAt(4);
    params.alpha = call.alpha;
    params.beta = call.beta;
    if (road == Road::strided || !rules::canSweep(tensor)) {
      StridedPropagateParams strided{stridedShape(), params};
      return kernels.launch("apply_backward_strided_" + suffix, rules::stridedGrid(strided.shape), strided);
    }
    params.shape = rules::sweepShape(tensor, visits);
    const std::string variant = rules::isUniform(tensor) ? "uniform_" : "mixed_";
    kernels.launch("apply_backward_" + variant + suffix, {rules::sweepGrid(params.shape), 1}, params);
  }

  void moments(const Call& call, const Statistics& to, uint64_t runningMean, uint64_t runningVariance) {
    const uint64_t count = rules::parameters(tensor);
    uint32_t splits;
    if (road != Road::strided && rules::isPlanes(tensor)) {
      PlanesMomentsParams params{rules::planesShape(tensor), {call.x, 0, count}};
      const rules::Grid grid = rules::planesGrid(params.shape);
      splits = grid.y;
      params.work.parts = partsFor(splits, sizeof(MomentsPart));
      const char* variant = tensor.spatial % rules::granule(tensor) == 0 ? "aligned_" : "ragged_";
      kernels.launch(std::string("moments_planes_") + variant + suffix, grid, params);
    } else if (road != Road::strided && rules::canColumns(tensor)) {
      ColumnsMomentsParams params{rules::columnsShape(tensor), {call.x, 0, count}};
      const rules::Grid grid = rules::columnsGrid(tensor, params.shape);
      splits = grid.y;
      params.work.parts = partsFor(splits, sizeof(MomentsPart));
      kernels.launch("moments_columns_" + suffix, grid, params);
    } else {
      StridedMomentsParams params{stridedShape(), {call.x, 0, count}};
      const rules::Grid grid = rules::stridedGrid(params.shape);
      splits = grid.y;
      params.work.parts = partsFor(splits, sizeof(MomentsPart));
      kernels.launch("moments_strided_" + suffix, grid, params);
    }
    FinishMomentsParams finish{};
    finish.parts = parts->address;
    finish.parameters = (uint32_t)count;
    finish.splits = splits;
    finish.laneShift = rules::finishShift(splits);
    finish.target = target(call, to, runningMean, runningVariance);
    kernels.launch("finish_moments_" + statisticsSuffix(), {rules::finishGrid(count, finish.laneShift), 1}, finish);
  }

  static StatisticsTarget target(const Call& call, const Statistics& to, uint64_t runningMean,
                                 uint64_t runningVariance) {
    StatisticsTarget made{};
    made.mean = to.mean;
    made.meanLow = to.meanLow;
    made.invDeviation = to.invDeviation;
    made.runningMean = runningMean;
    made.runningVariance = runningVariance;
    made.epsilon = call.epsilon;
    made.averagingFactor = call.averagingFactor;
    made.flags = call.biasedVariance ? BN_BIASED_RUNNING_VARIANCE : 0;
    return made;
  }

  static GradientsWork gradientsWork(const Call& call) {
    GradientsWork work{};
    work.x = call.x;
    work.dy = call.dy;
    work.y = call.relu ? call.y : 0;
    work.dz = call.dz;
    return work;
  }

  uint32_t gradients(GradientsWork& work) {
    work.parameters = rules::parameters(tensor);
    if (road != Road::strided && rules::isPlanes(tensor)) {
      PlanesGradientsParams params{rules::planesShape(tensor), work};
      const rules::Grid grid = rules::planesGrid(params.shape);
      params.work.parts = partsFor(grid.y, sizeof(SumsPart));
      const char* variant = tensor.spatial % rules::granule(tensor) == 0 ? "aligned_" : "ragged_";
      kernels.launch(std::string("gradients_planes_") + variant + suffix, grid, params);
      return grid.y;
    }
    if (road != Road::strided && rules::canColumns(tensor)) {
      ColumnsGradientsParams params{rules::columnsShape(tensor), work};
      const rules::Grid grid = rules::columnsGrid(tensor, params.shape);
      params.work.parts = partsFor(grid.y, sizeof(SumsPart));
      kernels.launch("gradients_columns_" + suffix, grid, params);
      return grid.y;
    }
    StridedGradientsParams params{stridedShape(), work};
    const rules::Grid grid = rules::stridedGrid(params.shape);
    params.work.parts = partsFor(grid.y, sizeof(SumsPart));
    kernels.launch("gradients_strided_" + suffix, grid, params);
    return grid.y;
  }

  void finishGradients(const Call& call, uint32_t splits, bool means) {
    FinishGradientsParams finish{};
    finish.parts = parts->address;
    finish.parameters = (uint32_t)rules::parameters(tensor);
    finish.splits = splits;
    finish.laneShift = rules::finishShift(splits);
    finish.target = {call.dScale, call.dBias, call.alphaParam, call.betaParam};
    finish.count = (double)(rules::elements(tensor) / rules::parameters(tensor));
    if (means) {
      finish.meanGradient = tableAt(3);
      finish.meanProjection = tableAt(4);
    }
    kernels.launch("finish_gradients_" + statisticsSuffix(), {rules::finishGrid(finish.parameters, finish.laneShift), 1},
                   finish);
  }

  rules::Grid residentGrid(const ColumnsShape& shape) const {
    const uint64_t wide = shape.columns / rules::granule(tensor);
    return {(uint32_t)rules::ceilDiv(wide, 1ull << shape.laneShift), 1};
  }

  void residentForward(const Call& call, int shift) {
    ResidentForwardParams params{};
    params.shape = rules::residentShape(tensor, shift);
    params.flags = call.relu ? BN_RELU : 0;
    params.x = call.x;
    params.z = call.z;
    params.y = call.y;
    params.scale = call.scale;
    params.bias = call.bias;
    params.alpha = call.alpha;
    params.beta = call.beta;
    params.target = target(call, call.saved, call.runningMean, call.runningVariance);
    kernels.launch("resident_forward_" + suffix, residentGrid(params.shape), params);
  }

  void residentBackward(const Call& call, int shift) {
    ResidentBackwardParams params{};
    params.shape = rules::residentShape(tensor, shift);
    params.x = call.x;
    params.dy = call.dy;
    params.y = call.relu ? call.y : 0;
    params.dz = call.dz;
    params.dx = call.dx;
    params.scale = call.scale;
    params.mean = call.saved.mean;
    params.meanLow = call.saved.meanLow;
    params.invDeviation = call.saved.invDeviation;
    params.epsilon = call.epsilon;
    params.alpha = call.alpha;
    params.beta = call.beta;
    params.target = {call.dScale, call.dBias, call.alphaParam, call.betaParam};
    kernels.launch("resident_backward_" + suffix, residentGrid(params.shape), params);
  }
};
