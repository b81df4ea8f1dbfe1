import DarkMatter
import Glibc
import Numerics

/// What one pair of channels says about the chirality of an isotropic background.
public struct ChiralityBaseline: Hashable, Sendable, Codable {
  public var first: String
  public var second: String
  /// Metres.
  public var distance: Double
  /// |p| d, averaged over the spectrum with the weight of the information.
  public var z: Double
  /// |(l_1 x l_2).x̂|, 0 ... 1.
  public var geometry: Double
  /// K = Σ M [A/sqrt(N_1 N_2)]².
  public var strength: Double
  /// σ(P_V) of a pair as long in the best geometry for a weak signal of known amplitude: (79), for the whole spectrum.
  public var bound: Double
  /// σ(P_V) with ln A fitted, exact; nil when the pair does not feel it.
  public var uncertainty: Double?
}

/// What a network says about the chirality of an isotropic background (vector-network section 7).
public struct ChiralityOutlook: Sendable {
  /// σ(P_V) of all channels together with ln A fitted, and with f_L and the spectral index fitted too.
  public var uncertainty: Double?
  public var uncertaintyFittingAll: Double?
  /// All pairs of linear channels at different places, the best first.
  public var baselines: [ChiralityBaseline]
  /// `bound` sqrt(K) against z, for the spectrum that the best pair sees.
  public var bounds: [(z: Double, value: Double)]

  /// - Parameters:
  ///   - background: spectrum, f_L and P_V at which the forecast is made.
  ///   - bins: frequency in Hz and number of independent complex samples of each.
  ///   - network: the channels.
  ///   - times: any; the field does not turn.
  public init(
    _ background: IsotropicBackground, bins: [(frequency: Double, samples: Double)], network: ForecastNetwork,
    times: ObservationTimes
  ) throws {
    let family = TemplateFamily(name: "chirality", background: background, bins: bins)
    let fisher = try FisherForecast(family, network: network, times: times)
    uncertainty = fisher.holdingAllBut(["ln A", "P_V"]).uncertainty("P_V")
    uncertaintyFittingAll = fisher.uncertainty("P_V")
    var pairs: [ChiralityBaseline] = []
    let momenta = bins.map { wavenumber(frequency: $0.frequency, restFrequency: background.restFrequency) }
    func weights(_ first: ForecastChannel, _ second: ForecastChannel) -> [Double] {
      bins.map { bin in
        let density = background.density(at: bin.frequency)
        return bin.samples * density * density
          / (first.equivalentNoise(at: bin.frequency) * second.equivalentNoise(at: bin.frequency))
      }
    }
    func bound(_ weights: [Double], distance: Double) -> Double {
      let sum = zip(weights, momenta).reduce(0) { $0 + $1.0 * pow(SphericalBessel.j1($1.1 * distance), 2) }
      return (2 / sum).squareRoot()
    }
    for (i, first) in network.channels.enumerated() where first.basis.count == 1 {
      for second in network.channels[..<i] where second.basis.count == 1 {
        let separation = first.position - second.position
        guard let baseline = unitVector(separation) else { continue }
        let weights = weights(first, second)
        let strength = weights.reduce(0, +)
        guard strength > 0 else { continue }
        let distance = length(separation)
        let momentum = zip(weights, momenta).reduce(0) { $0 + $1.0 * $1.1 } / strength
        let pair = ForecastNetwork(channels: [first, second])
        let part = try FisherForecast(family, network: pair, times: times).holdingAllBut(["ln A", "P_V"])
        let geometry = abs(dot(cross(first.basis[0], second.basis[0]), baseline))
        pairs.append(
          ChiralityBaseline(
            first: first.label, second: second.label, distance: distance, z: momentum * distance,
            geometry: geometry, strength: strength, bound: bound(weights, distance: distance),
            // Directions in one plane with the baseline leave a rounding error of the zero.
            uncertainty: geometry < 1e-9 ? nil : part.uncertainty("P_V")))
      }
    }
    baselines = pairs.sorted { ($0.uncertainty ?? .infinity) < ($1.uncertainty ?? .infinity) }
    bounds = []
    guard let best = baselines.first, let longest = baselines.map(\.z).max(),
      let first = network.channels.first(where: { $0.label == best.first }),
      let second = network.channels.first(where: { $0.label == best.second })
    else { return }
    let shape = weights(first, second)
    bounds = (1...400).map { step in
      let z = 1.04 * longest * Double(step) / 400
      return (z, bound(shape, distance: z * best.distance / best.z) * best.strength.squareRoot())
    }
  }
}
