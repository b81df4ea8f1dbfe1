import Numerics

/// Covariances of the terms of an Allan variance in one kind of noise, from which its degrees of freedom follow exactly,
/// whatever the gaps are (physics page clock, section 4.3).
struct AllanCovariance {
  let noise: FrequencyNoise
  let statistic: AllanStatistic
  let factor: Int

  /// M² R(0)²/Σ c(l) R(l)², c(l) the number of pairs of terms at the distance l.
  ///
  /// - Parameters:
  ///   - used: which terms are there; they are a stride of the statistic apart.
  ///   - terms: how many.
  func degreesOfFreedom(used: [Bool], terms: Int) -> Double {
    let stride = statistic.stride(factor: factor)
    let lags = min(used.count, reach / stride + 1)
    let covariances = covariances(lags: lags, stride: stride)
    let pairs = Self.pairs(used, terms: terms, lags: lags)
    let sumOfSquares = sum(lags) { lag in
      (lag == 0 ? 1 : 2) * pairs[lag] * covariances[lag] * covariances[lag]
    }
    return Double(terms) * Double(terms) * covariances[0] * covariances[0] / sumOfSquares
  }

  /// The distance in readings beyond which covariances vanish, or, for flicker noise, add less than 1e-9.
  private var reach: Int { noise == .flicker ? 1024 * factor : 3 * factor }

  /// R(l) for l = 0, stride, ... in units of Q.
  private func covariances(lags: Int, stride: Int) -> [Double] {
    let m = factor
    switch statistic {
    case .hdev, .ohdev:
      let g = structure(upTo: (lags - 1) * stride + 3 * m)
      return (0..<lags).map { lag in
        let l = lag * stride
        let near = 20 * g[l] - 15 * (g[l + m] + g[abs(l - m)])
        let far = 6 * (g[l + 2 * m] + g[abs(l - 2 * m)]) - (g[l + 3 * m] + g[abs(l - 3 * m)])
        return (near + far) / Double(m * m)
      }
    case .mdev, .tdev:
      // Sums over a triangle of covariances of OADEV, as sums over two boxes.
      let plain = allan(lags: lags + m, stride: 1)
      func value(_ l: Int) -> Double { plain[min(abs(l), plain.count - 1)] }
      // Sums over l ... l + m - 1, from l = -m on.
      var boxes: [Double] = []
      var box = sum(m) { value(-m + $0) }
      for l in -m..<lags {
        boxes.append(box)
        box += value(l + m) - value(l)
      }
      var triangle = sum(m) { boxes[1 + $0] }
      return (0..<lags).map { l in
        defer { if l + m + 1 < boxes.count { triangle += boxes[l + m + 1] - boxes[l + 1] } }
        return triangle / Double(m * m)
      }
    default: return allan(lags: lags, stride: stride)
    }
  }

  private func allan(lags: Int, stride: Int) -> [Double] {
    let m = factor
    let g = structure(upTo: (lags - 1) * stride + 2 * m)
    return (0..<lags).map { lag in
      let l = lag * stride
      return (6 * g[l] - 4 * (g[l + m] + g[abs(l - m)]) + (g[l + 2 * m] + g[abs(l - 2 * m)])) / Double(m * m)
    }
  }

  private func structure(upTo last: Int) -> [Double] {
    (0...last).map { noise.structure(Double($0)) }
  }

  /// c(l), l = 0 ..< lags.
  private static func pairs(_ used: [Bool], terms: Int, lags: Int) -> [Double] {
    if terms == used.count { return (0..<lags).map { Double(terms - $0) } }
    if let counted = pairsOfRuns(used, lags: lags) { return counted }
    let length = NonuniformTransform.smoothLength(atLeast: used.count + lags)
    let transform = RealFourierTransform.shared(length: length)
    let mask = AlignedBuffer(count: length)
    for (index, isUsed) in used.enumerated() where isUsed { mask.pointer[index] = 1 }
    let spectrum = AlignedBuffer(count: 2 * transform.spectrumLength)
    transform.forward(mask.pointer, spectrum.pointer)
    for k in 0..<transform.spectrumLength {
      let (a, b) = (spectrum.pointer[2 * k], spectrum.pointer[2 * k + 1])
      spectrum.pointer[2 * k] = (a * a + b * b) / Double(length)
      spectrum.pointer[2 * k + 1] = 0
    }
    transform.inverse(spectrum.pointer, mask.pointer)
    // Whole numbers but for rounding.
    return (0..<lags).map { mask.pointer[$0].rounded() }
  }

  /// c(l) from the stretches without gaps, in time that goes with the pairs of stretches which the lags reach; nil when these
  /// are so many that a Fourier transform is faster.
  private static func pairsOfRuns(_ used: [Bool], lags: Int) -> [Double]? {
    var runs: [(first: Int, end: Int)] = []
    var start: Int?
    for (index, isUsed) in used.enumerated() {
      if isUsed, start == nil { start = index }
      if !isUsed, let first = start {
        runs.append((first, index))
        start = nil
      }
    }
    if let first = start { runs.append((first, used.count)) }
    // Each pair of stretches has a trapezoid of pairs: four corners, from which summing twice makes c(l).
    var corners = [Int](repeating: 0, count: lags + 1)
    var (atZero, atOne) = (0, 0)
    func corner(_ lag: Int, _ sign: Int) { if lag <= lags { corners[lag] += sign } }
    var work = 0
    for (number, run) in runs.enumerated() {
      let length = run.end - run.first
      atZero += length
      atOne += length - 1
      corner(length, 1)
      var next = number + 1
      while next < runs.count, runs[next].first - run.end < lags {
        let other = runs[next]
        corner(other.first - run.end, 1)
        corner(other.end - run.first, 1)
        corner(other.first - run.first, -1)
        corner(other.end - run.end, -1)
        next += 1
        work += 1
      }
      if work > 4 * used.count { return nil }
    }
    var counts = [Double(atZero)]
    var (previous, current) = (atZero, atOne)
    for lag in 1..<max(lags, 1) {
      counts.append(Double(current))
      (previous, current) = (current, 2 * current - previous + corners[lag])
    }
    return counts
  }
}
