import DarkMatter
import Glibc
import Numerics

/// Frequency bins across the line of one component of slow particles, narrow enough to draw its shape but not narrow
/// against it: each carries the power between its edges (vector-network section 9.3, "Narrow lines").
///
/// Bin k of a block of length L lies between f = (k - 1/2)/L and (k + 1/2)/L, which are speeds sqrt(2 (f/f_m - 1)). Bins
/// below the rest frequency are left out.
public struct LineBins: Sendable {
  /// k of the first bin.
  public let firstBin: Int64
  public var count: Int { wavenumbers.count }
  /// p_k/2π in turns per metre, p_k = m sqrt((v_a² + v_b²)/2) with the speeds at the edges.
  public let wavenumbers: [Double]

  /// Speeds in units of c, eight to a bin, and their shares of the bin: Gauss-Legendre weights times 4π v² N².
  private let speeds: [Double]
  private let shares: [Double]

  private static let rule = GaussLegendre(count: 8)

  /// - Parameters:
  ///   - line: valid; its coupling decides whether waves weigh as their speed.
  ///   - seconds: L.
  ///   - range: speeds in units of c, beyond which there is no power.
  public init(_ line: DarkMatterLine, seconds: Double, speeds range: ClosedRange<Double>) {
    let rest = line.restFrequency * seconds
    // A bin at the rest frequency counts when its upper edge is above.
    let lowest = max((rest + 0.5).rounded(.down), (rest * (1 + range.lowerBound * range.lowerBound / 2)).rounded(.down))
    let highest = (rest * (1 + range.upperBound * range.upperBound / 2)).rounded(.up)
    firstBin = Int64(lowest)
    let weighsSpeed = line.coupling.haloCoupling != .electricDipole
    var (wavenumbers, speeds, shares): ([Double], [Double], [Double]) = ([], [], [])
    for bin in Int64(lowest)...Int64(highest) {
      let squares = [-0.5, 0.5].map { 2 * max(0, Double(bin) - rest + $0) / rest }
      let (low, high) = (squares[0].squareRoot(), squares[1].squareRoot())
      wavenumbers.append(line.restFrequency / speedOfLight * ((squares[0] + squares[1]) / 2).squareRoot())
      for (node, weight) in zip(LineBins.rule.nodes, LineBins.rule.weights) {
        let speed = (low + high) / 2 + (high - low) / 2 * node
        let square = speed * speed
        speeds.append(speed)
        shares.append(weight * (high - low) / 2 * 4 * .pi * square * (weighsSpeed ? square : 1))
      }
    }
    (self.wavenumbers, self.speeds, self.shares) = (wavenumbers, speeds, shares)
  }

  /// ∫ 4π v² N² f(v p̂) dv over every bin: the power of one mode, per share of the sky, for an amplitude of one.
  ///
  /// - Parameters:
  ///   - direction: p̂.
  ///   - halo: f, with velocities in units of c.
  ///   - output: receives one number a bin.
  /// - Returns: whether any of them matters; if not, the output is not written.
  public func fill(
    _ output: UnsafeMutablePointer<Double>, direction: SIMD3<Double>, halo: HaloModel
  ) -> Bool {
    guard let slowest = speeds.first, let fastest = speeds.last else { return false }
    // |v p̂ - v̄|² = (v - v̄.p̂)² + |v̄ x p̂|².
    let inverse = 1 / halo.virialSpeed
    let along = dot(halo.meanVelocity, direction)
    let across = cross(halo.meanVelocity, direction) * inverse
    let nearest = (min(max(along, slowest), fastest) - along) * inverse
    let offset = dot(across, across)
    // Below e^-46 = 1e-20 of the density's peak.
    guard offset + nearest * nearest < 46 else { return false }
    let norm = inverse * inverse * inverse / (.pi * Double.pi.squareRoot())
    for bin in 0..<count {
      var sum = 0.0
      for node in 8 * bin..<8 * bin + 8 {
        let distance = (speeds[node] - along) * inverse
        sum += shares[node] * exp(-(offset + distance * distance))
      }
      output[bin] = norm * sum
    }
    return true
  }
}
