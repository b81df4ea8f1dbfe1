import CKernels

/// Standard normal deviates of counters: Philox4x32-10 and the Box-Muller transform (section 9.1).
///
/// Any deviate can be computed alone. The bits do not depend on how a range is divided among calls, nor on the
/// instruction set: the kernels use multiplications and additions that are never fused.
public enum NormalDeviates {
  /// The counter word that runs 0, 1, 2, ... from its start value.
  public enum VaryingWord: Int32, Sendable {
    case first = 0
    case second = 1
  }

  /// The deviates g0, g1, g2, g3 of one counter.
  public static func four(_ counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<Double> {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { words in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 4) { deviates in
        for word in 0..<4 { words.initializeElement(at: word, to: counter[word]) }
        deviates.initialize(repeating: 0)
        gnomon_normal_four(words.baseAddress, key, deviates.baseAddress)
        return SIMD4(deviates[0], deviates[1], deviates[2], deviates[3])
      }
    }
  }

  /// Writes scaled white noise: `output[j]` = scale times the deviate of sample `firstSample + j`.
  ///
  /// Sample n is deviate n mod 4 of the counter (i mod 2^32, i >> 32, 0, "WHIT"), i = floor(n/4).
  ///
  /// - Parameters:
  ///   - output: receives one value a sample.
  ///   - firstSample: number of the first sample, counted from the reference epoch; may be negative, of any alignment.
  ///   - key: the noise key of the channel.
  ///   - scale: standard deviation, in the unit of the output.
  public static func fillWhite(
    _ output: UnsafeMutableBufferPointer<Double>, firstSample: Int64, key: UInt64, scale: Double
  ) {
    gnomon_normal_white(output.baseAddress, output.count, firstSample, key, scale)
  }

  /// Adds scaled white noise: `output[j]` += scale times the deviate of sample `firstSample + j`, as `fillWhite`.
  public static func addWhite(
    _ output: UnsafeMutableBufferPointer<Double>, firstSample: Int64, key: UInt64, scale: Double
  ) {
    gnomon_normal_white_add(output.baseAddress, output.count, firstSample, key, scale)
  }

  /// Writes complex deviates (g0 + i g1)/sqrt 2, of mean square one, of consecutive counters.
  ///
  /// - Parameters:
  ///   - real: receives the real parts.
  ///   - imaginary: receives the imaginary parts, as many.
  ///   - counter: the counter of the first deviate.
  ///   - varying: the word of the counter that runs upwards from its value in `counter`, modulo 2^32.
  ///   - key: the key of the block or list.
  public static func fillComplex(
    real: UnsafeMutableBufferPointer<Double>, imaginary: UnsafeMutableBufferPointer<Double>,
    counter: SIMD4<UInt32>, varying: VaryingWord, key: UInt64
  ) {
    precondition(real.count == imaginary.count, "as many real as imaginary parts")
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { words in
      for word in 0..<4 { words.initializeElement(at: word, to: counter[word]) }
      gnomon_normal_complex(
        real.baseAddress, imaginary.baseAddress, real.count, words.baseAddress, varying.rawValue, key)
    }
  }
}
