import DarkMatter
import Foundation
import Numerics
import Sky

extension LineHypothesis {
  /// The cold stream that fits an observation best: a direction found on the whole sky.
  ///
  /// Where all distances are short against the wavelength a direction and its opposite fit alike. The speed hardly matters to
  /// a line whose rest frequency is free, too; it is that of the Earth through the halo. Whether there is a direction, and where
  /// it may be, is for `SkySearch` to say.
  ///
  /// - Parameters:
  ///   - coupling: how the stream couples; its particles move alike.
  ///   - observation: the amplitudes around the line.
  ///   - restFrequency: of the candidate, Hz.
  ///   - frequencyRange: Hz to either side in which the stream's own may lie.
  /// - Throws: `LinearAlgebraError`.
  public static func coldStream(
    _ coupling: HaloCoupling, fittedTo observation: LineObservation, restFrequency: Double, frequencyRange: Double
  ) throws -> LineHypothesis {
    let middle = observation.times.isEmpty ? 0 : observation.times[observation.times.count / 2]
    let time = observation.reference.advanced(byNanoseconds: Int64((middle * 1e9).rounded()))
    let sun = SolarMotion()
    let earth = EarthVelocity.throughHalo(at: time, sun: sun)
    func hypothesis(_ propagation: SIMD3<Double>) -> LineHypothesis {
      let velocity = length(earth) * propagation + earth
      return LineHypothesis(
        name: coupling.streamName, coupling: coupling,
        components: [DarkMatterLine.Component(meanVelocity: velocity, virialSpeed: 0)], sun: sun,
        fittedParameters: 2)
    }
    let offsets = (-4...4).map { Double($0) / 4 * frequencyRange }
    func statistic(_ propagation: SIMD3<Double>, _ frequencies: [Double]) throws -> Double {
      let search = try LineSearch(hypothesis(propagation), observation: observation, restFrequency: restFrequency)
      return frequencies.map { search.profile(observation, restFrequency: $0).statistic }.max() ?? 0
    }
    // Half the sky, in steps of 15 degrees; then ever smaller crosses around the best.
    let grid = HEALPix(order: 2)
    let coarse = (0..<grid.pixelCount).map { grid.direction(nested: $0) }
    var best = (value: -1.0, direction: SIMD3<Double>(0, 0, 1))
    for direction in coarse {
      let value = try statistic(direction, offsets.map { restFrequency + $0 })
      if value > best.value { best = (value, direction) }
    }
    var reach = grid.pixelSize / 2
    while reach > 1e-4 {
      let (first, second) = tangentBasis(best.direction)
      let around = [first, -first, second, -second].map { best.direction + reach * $0 }.compactMap(unitVector)
      var moved = false
      for direction in around {
        let value = try statistic(direction, offsets.map { restFrequency + $0 })
        if value > best.value { (best, moved) = ((value, direction), true) }
      }
      if !moved { reach /= 2 }
    }
    return hypothesis(best.direction)
  }
}

extension HaloCoupling {
  fileprivate var streamName: String {
    switch self {
    case .axionGradient: "axion stream"
    case .electricDipole, .scalar: "electric-dipole stream"
    case .magneticDipole: "magnetic-dipole stream"
    }
  }
}
