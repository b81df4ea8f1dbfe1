import Glibc

/// The windows a segment is multiplied with before its Fourier transform, in their periodic form.
public enum Window: String, Sendable, Codable, CaseIterable {
  /// sin^2(pi n/N).
  case hann
  /// sin(pi n/N); its square is the Hann window, so half-overlapped segments keep the power.
  case sine
  /// 1.
  case rectangular

  /// The values of the window at n = 0 ... count - 1, of period `count`; symmetric to the last bit about count/2.
  public func values(_ count: Int) -> [Double] {
    (0..<count).map { index in
      switch self {
      case .hann:
        let sine = Self.halfTurnSine(index, of: count)
        return sine * sine
      case .sine: return Self.halfTurnSine(index, of: count)
      case .rectangular: return 1
      }
    }
  }

  private static func halfTurnSine(_ index: Int, of count: Int) -> Double {
    sin(Double.pi * Double(min(index, count - index)) / Double(count))
  }
}
