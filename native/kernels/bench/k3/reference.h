// The mathematics in float64, two passes, element by element. `bound` is the permitted error of each value.
#pragma once

#include "values.h"

struct Expected {
  Values value, bound;
  explicit Expected(size_t count) : value(count), bound(count) {}
};

struct Problem {
  Type type;
  Layout layout;
  bool perActivation;
  double epsilon, averagingFactor, alpha, beta, alphaParam, betaParam;
  bool relu, biasedVariance;
  Values x, z, dy, oldY, oldDx; // z empty: none
  Values scale, bias, runningMean, runningVariance, oldDScale, oldDBias;

  uint64_t parameters() const { return layout.channels() * (perActivation ? layout.spatial() : 1); }
  uint64_t perParameter() const { return layout.count() / parameters(); }
  /** Of the element at logical index i. */
  uint64_t parameter(uint64_t i) const {
    const uint64_t within = i % (layout.channels() * layout.spatial());
    return perActivation ? within : within / layout.spatial();
  }
  Type statistic() const { return type == Type::f64 ? Type::f64 : Type::f32; }
};

struct Moments {
  Values mean, variance; // biased
};

inline Moments momentsOf(const Problem& p) {
  const uint64_t count = p.parameters();
  Moments made{Values(count, 0.0), Values(count, 0.0)};
  std::vector<long double> sums(count, 0.0L), squares(count, 0.0L);
  for (uint64_t i = 0; i < p.x.size(); i++) sums[p.parameter(i)] += p.x[i];
  for (uint64_t k = 0; k < count; k++) made.mean[k] = (double)(sums[k] / p.perParameter());
  for (uint64_t i = 0; i < p.x.size(); i++) {
    const uint64_t k = p.parameter(i);
    const long double distance = (long double)p.x[i] - sums[k] / p.perParameter();
    squares[k] += distance * distance;
  }
  for (uint64_t k = 0; k < count; k++) made.variance[k] = (double)(squares[k] / p.perParameter());
  return made;
}

/** Error of a result of the tensor's type, whose float arithmetic may be off by `computed`. */
inline double outputBound(Type type, double exact, double computed) {
  if (type == Type::f32 || type == Type::f64) return computed;
  const double near = rounded(type, exact);
  return unitIn(type, std::isfinite(near) ? near : exact) + computed;
}

inline Expected normalized(const Problem& p, const Values& mean, const Values& variance) {
  Expected y(p.x.size());
  Values largest(p.parameters(), 0.0);
  for (int pass = 0; pass < 2; pass++) {
    for (uint64_t i = 0; i < p.x.size(); i++) {
      const uint64_t k = p.parameter(i);
      const double inverse = 1 / std::sqrt(variance[k] + p.epsilon);
      const double part = (p.x[i] - mean[k]) * inverse * p.scale[k];
      const double z = p.z.empty() ? 0 : p.z[i];
      double value = part + p.bias[k] + z;
      if (p.relu && value <= 0) value = 0;
      value = p.alpha * value + (p.beta == 0 ? 0 : p.beta * p.oldY[i]);
      if (pass == 0) {
        const double size = std::fmax(std::fmax(std::fabs(part), std::fabs(p.bias[k])), std::fabs(z)) * std::fabs(p.alpha);
        largest[k] = std::fmax(largest[k], std::fmax(size, std::fmax(std::fabs(value), p.beta == 0 ? 0 : std::fabs(p.beta * p.oldY[i]))));
        continue;
      }
      const bool wide = p.type == Type::f64;
      const double offset = std::fabs(mean[k] * inverse * p.scale[k]) * (wide ? 1e-15 : 1e-10);
      y.value[i] = value;
      y.bound[i] = outputBound(p.type, value, (wide ? 1e-12 * largest[k] : 4 * unitIn(Type::f32, largest[k])) + offset);
    }
  }
  return y;
}

struct ExpectedGradients {
  Expected dx, dScale, dBias;
  Values dz;
};

/** `fixed`: backwardInference. y: what the device stored, whose sign masks. */
inline ExpectedGradients gradients(const Problem& p, const Values& mean, const Values& variance, const Values& y,
                                   bool fixed) {
  const uint64_t count = p.parameters();
  ExpectedGradients e{Expected(p.x.size()), Expected(count), Expected(count), p.dy};
  Values sum(count, 0.0), projection(count, 0.0), sizes(count, 0.0), sizesProjection(count, 0.0);
  auto hat = [&](uint64_t i, uint64_t k) { return (p.x[i] - mean[k]) / std::sqrt(variance[k] + p.epsilon); };
  for (uint64_t i = 0; i < p.x.size(); i++) {
    const uint64_t k = p.parameter(i);
    if (p.relu && y[i] <= 0) e.dz[i] = 0;
    sum[k] += e.dz[i];
    projection[k] += e.dz[i] * hat(i, k);
    sizes[k] += std::fabs(e.dz[i]);
    sizesProjection[k] += std::fabs(e.dz[i] * hat(i, k));
  }
  const double relative = p.type == Type::f64 ? 1e-12 : 1e-6;
  const double tiny = p.type == Type::f64 ? 0 : std::ldexp(1.0, -126);
  const double slackPerMean = p.type == Type::f64 ? 1e-15 : 1e-10;
  for (uint64_t k = 0; k < count; k++) {
    auto blend = [&](Expected& to, double fresh, double size, double slack, const Values& old) {
      to.value[k] = p.alphaParam * fresh + (p.betaParam == 0 ? 0 : p.betaParam * old[k]);
      to.bound[k] = relative * (std::fabs(p.alphaParam) * size + (p.betaParam == 0 ? 0 : std::fabs(p.betaParam * old[k]))) + slack + tiny;
    };
    const double slack = std::fabs(mean[k]) / std::sqrt(variance[k] + p.epsilon) * slackPerMean * sizes[k];
    blend(e.dBias, sum[k], sizes[k], 0, p.oldDBias);
    blend(e.dScale, projection[k], sizesProjection[k], slack, p.oldDScale);
  }
  const double m = (double)p.perParameter();
  for (uint64_t i = 0; i < p.x.size(); i++) {
    const uint64_t k = p.parameter(i);
    const double factor = p.scale[k] / std::sqrt(variance[k] + p.epsilon);
    const double x = hat(i, k);
    double fresh = e.dz[i], size = std::fabs(e.dz[i]);
    if (!fixed) {
      fresh -= sum[k] / m + x * projection[k] / m;
      size += sizes[k] / m + std::fabs(x) * sizesProjection[k] / m;
    }
    const double old = p.beta == 0 ? 0 : p.beta * p.oldDx[i];
    e.dx.value[i] = p.alpha * fresh * factor + old;
    const double slack = std::fabs(mean[k]) / std::sqrt(variance[k] + p.epsilon) * slackPerMean * size;
    e.dx.bound[i] = outputBound(p.type, e.dx.value[i],
                                relative * (std::fabs(p.alpha * factor) * size + std::fabs(old)) + slack * std::fabs(factor) + tiny);
  }
  return e;
}
