import Glibc
import Numerics

/// How a spectrum is filled: the normal equations of all clocks are added up in its planes and solved there.
extension SinusoidSpectrum {
  private static let piece = 16384

  /// Adds one clock's normal equations to those in the planes.
  ///
  /// - Parameters:
  ///   - sums: of the clock's readings.
  ///   - clock: with its factor, response and noise.
  ///   - unit: mean of 1/sigma², which the sums are in units of.
  ///   - firstSum: number of the sum that goes with the first frequency of `range`.
  ///   - range: frequencies.
  ///   - workers: threads.
  func add(
    _ sums: some SinusoidEquations, of clock: SearchedClock, unit: Double, firstSum: Int, to range: Range<Int>,
    workers: Int
  ) {
    let (cosine, sine) = (plane(.cosine), plane(.sine))
    let (cc, cs, ss) = (plane(.cosineVariance), plane(.covariance), plane(.sineVariance))
    let alone = plane(.inconsistency)
    let isPlain = clock.isPlain
    let severalClocks = clockCount > 1
    forEachPiece((range.count + Self.piece - 1) / Self.piece, workers: workers) { _, number in
      let start = range.lowerBound + number * Self.piece
      for index in start..<min(range.upperBound, start + Self.piece) {
        guard var equations = sums.equations(firstSum + index - range.lowerBound) else { continue }
        var scale = unit
        if !isPlain {
          let frequency = frequency(index)
          let columns = clock.columns(frequency: frequency)
          equations = equations.turned(cosine: columns.cosine, sine: columns.sine, gain: columns.gain)
          scale /= clock.noiseRatio?(frequency) ?? 1
        }
        if severalClocks {
          let own = equations.solution
          alone[index] += scale * (own.cosine * equations.cosineData + own.sine * equations.sineData)
        }
        cosine[index] += scale * equations.cosineData
        sine[index] += scale * equations.sineData
        cc[index] += scale * equations.cosine
        cs[index] += scale * equations.mixed
        ss[index] += scale * equations.sine
      }
    }
  }

  /// Solves the equations in the planes, in place.
  func solve(workers: Int) {
    let (cosine, sine) = (plane(.cosine), plane(.sine))
    let (cc, cs, ss) = (plane(.cosineVariance), plane(.covariance), plane(.sineVariance))
    let (power, chi) = (plane(.power), plane(.inconsistency))
    let severalClocks = clockCount > 1
    forEachPiece((count + Self.piece - 1) / Self.piece, workers: workers) { _, number in
      for index in number * Self.piece..<min(count, (number + 1) * Self.piece) {
        let (yc, ys) = (cosine[index], sine[index])
        let (a, b, d) = (cc[index], cs[index], ss[index])
        // NaN where no clock has equations.
        let scale = 1 / (a * d - b * b)
        let valid = scale > 0 && scale.isFinite
        let c = valid ? scale * (d * yc - b * ys) : .nan
        let s = valid ? scale * (a * ys - b * yc) : .nan
        (cosine[index], sine[index]) = (c, s)
        (cc[index], cs[index], ss[index]) = valid ? (scale * d, -scale * b, scale * a) : (.nan, .nan, .nan)
        power[index] = 0.5 * (c * yc + s * ys)
        if severalClocks { chi[index] = max(0, chi[index] - (c * yc + s * ys)) }
      }
    }
  }
}

extension SearchedClock {
  /// How the clock turns and scales the common sinusoid: gain cos(phase - psi).
  ///
  /// - Parameter frequency: Hz.
  func columns(frequency: Double) -> (cosine: Double, sine: Double, gain: Double) {
    var gain = factor
    if averages {
      let x = .pi * frequency * series.interval
      gain *= sin(x) / x
    }
    guard let response = response?(frequency) else { return (1, 0, gain) }
    let magnitude = response.magnitude
    guard magnitude > 0 else { return (1, 0, 0) }
    return (response.real / magnitude, response.imaginary / magnitude, gain * magnitude)
  }
}
