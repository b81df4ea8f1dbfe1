import Glibc
import Numerics

/// The expected preference of the true template to another, q~ = 2 [ln L(B) - max over A of ln L(A)] (section 8).
///
/// The exact Asimov value with the amplitude of the other template fitted; for weak signals it is Θ_B (1 - ρ²).
public struct TemplateSeparation: Sendable {
  /// q~ of the first template against each of the others.
  public let statistics: [Double]

  /// - Parameters:
  ///   - family: the true template first, with its amplitude; those of the others are of no matter.
  ///   - network: the channels.
  ///   - times: what stands for the run.
  public init(_ family: TemplateFamily, network: ForecastNetwork, times: ObservationTimes) throws {
    let others = family.labels.count - 1
    var own = 0.0
    var parts = [[Part]](repeating: [], count: others)
    for cell in family.cells {
      for view in try network.views(at: cell.frequency, rotation: family.rotation, times: times) {
        let samples = cell.samples * view.share
        let matrices = view.matrices(cell, count: others + 1)
        let truth = matrices[0]
        for ratio in try HermitianEigensystem(of: truth).values {
          let x = max(0, ratio)
          own += samples * (x * x / (1 + x) - relativeEntropy(x))
        }
        for other in 0..<others {
          let system = try HermitianEigensystem(of: matrices[other + 1])
          let images = truth * system.vectors
          for (column, value) in system.values.enumerated() {
            var power = 0.0
            for row in 0..<truth.rows {
              let (left, right) = (system.vectors[row, column], images[row, column])
              power += left.real * right.real + left.imaginary * right.imaginary
            }
            parts[other].append(Part(samples: samples, ratio: max(0, value), power: power))
          }
        }
      }
    }
    statistics = parts.map { max(0, 2 * own - Self.best($0)) }
  }

  /// One eigenvalue of the other template, and the power of the true signal along its eigenvector.
  private struct Part {
    var samples: Double
    var ratio: Double
    var power: Double
  }

  /// The greatest expected statistic of a template over its amplitude.
  private static func best(_ parts: [Part]) -> Double {
    let common = parts.reduce(0) { $0 + $1.samples * $1.ratio * $1.power }
    let square = parts.reduce(0) { $0 + $1.samples * $1.ratio * $1.ratio }
    guard common > 0, square > 0 else { return 0 }
    func statistic(_ logarithm: Double) -> Double {
      let scale = exp(logarithm)
      return 2
        * parts.reduce(0) { sum, part in
          let x = scale * part.ratio
          return sum + part.samples * (x * part.power / (1 + x) - relativeEntropy(x))
        }
    }
    // The optimum of weak signals is the middle; strong ones move it by less than a factor of a thousand.
    let middle = log(common / square)
    var (low, high) = (middle - 7, middle + 7)
    let golden = (5.0.squareRoot() - 1) / 2
    while high - low > 1e-7 {
      let (left, right) = (high - golden * (high - low), low + golden * (high - low))
      if statistic(left) > statistic(right) { high = right } else { low = left }
    }
    return statistic((low + high) / 2)
  }
}
