import CKernels
import Correlator
import DarkMatter
import Glibc
import Numerics
import Sky

/// The likelihood of a cold stream from any direction of the sky, prepared once (vector-network section 6).
///
/// Sigma = N + α shape R Γ R†, with Γ of rank one for longitudinal and of rank two for unpolarised transverse waves. With
/// u = R (l.e) exp(i p Ω.x), q = u† N^-1 X and s = u† N^-1 u the terms of a bin are α |q|²/(1 + α s) - ln(1 + α s)
/// (Sherman and Morrison), and likewise along the two eigenvectors of s for rank two. The term is linear in X X†, so a mean
/// of it over segments, times their number, is as good as the segments. The sensors turn with the Earth from one
/// observation to the next.
public struct SkyLikelihood: Sendable {
  public let geometry: NetworkGeometry
  public let model: SkyModel
  /// Hz of the bins in use.
  public let frequencies: [Double]
  /// ln L(known sources) - ln L(noise): what `conditioned(on:)` has added; maps start from there.
  public let offset: Double
  /// The sources that are part of what a new stream is compared with.
  public let knownSources: [SkyPoint]

  let wavenumbers: SkyWavenumbers
  /// The observations without any source, and with the known ones.
  let unconditionedRows: [SkyRow]
  let rows: [SkyRow]

  /// Prepares any observations.
  ///
  /// - Parameters:
  ///   - observations: in any order; bins and channels as below.
  ///   - frequencies: Hz of the bins, ascending.
  ///   - geometry: places and axes of the channels, Earth-fixed.
  ///   - noise: one-sided density of each channel and bin in the unit of the spectra, [channel][bin]; it is only read
  ///     where there are data.
  ///   - model: what is assumed of the stream.
  /// - Throws: `InferenceError` when sizes differ, or numbers are impossible.
  public init(
    _ observations: some Sequence<StreamObservation>, frequencies: [Double], geometry: NetworkGeometry,
    noise: [[Double]], model: SkyModel
  ) throws {
    guard !frequencies.isEmpty else { throw InferenceError.noBins }
    try model.validate(channels: geometry.channelCount, bins: frequencies.count)
    guard noise.count == geometry.channelCount else {
      throw InferenceError.sizeMismatch(input: "noise spectra", expected: geometry.channelCount, found: noise.count)
    }
    for spectrum in noise where spectrum.count != frequencies.count {
      throw InferenceError.sizeMismatch(
        input: "bins of a noise spectrum", expected: frequencies.count, found: spectrum.count)
    }
    let wavenumbers = frequencies.map { model.dispersion.wavenumber(frequency: $0) }
    guard wavenumbers.allSatisfy(\.isFinite) else { throw InferenceError.notFinite(input: "a frequency") }
    var rows: [SkyRow] = []
    for observation in observations {
      for channel in observation.channels where channel < 0 || channel >= geometry.channelCount {
        throw InferenceError.sizeMismatch(input: "channel number", expected: geometry.channelCount, found: channel)
      }
      guard observation.weight.isFinite, observation.weight > 0 else {
        throw InferenceError.notFinite(input: "a positive weight")
      }
      rows.append(
        SkyRow(
          try SkyRowContent(
            observation, noise: noise, model: model, frequencies: frequencies, labels: geometry.labels)))
    }
    guard !rows.isEmpty else { throw InferenceError.noSpectra }
    self.init(
      geometry: geometry, model: model, frequencies: frequencies, wavenumbers: SkyWavenumbers(wavenumbers),
      unconditionedRows: rows, rows: rows, offset: 0, knownSources: [])
  }

  /// Prepares the stored matrices of a band.
  ///
  /// - Parameters:
  ///   - spectra: rows of one band and run; rows with absent channels keep their full weight.
  ///   - plan: the band.
  ///   - epoch: the time of sample 0, from which integrations are counted.
  ///   - geometry: places and axes of the channels, Earth-fixed, in the channel order of `spectra`.
  ///   - noise: one-sided density of each channel and bin of the band, [channel][bin].
  ///   - model: what is assumed of the stream; its shape and responses are over all bins of the band.
  ///   - frequencyRange: Hz; only bins in there are used, nil for all in which a wave propagates.
  /// - Throws: `InferenceError` when the input does not fit together.
  public init(
    _ spectra: [CrossSpectra], plan: BandPlan, epoch: GPSTime, geometry: NetworkGeometry, noise: [[Double]],
    model: SkyModel, frequencyRange: ClosedRange<Double>? = nil
  ) throws {
    try model.validate(channels: geometry.channelCount, bins: plan.binCount)
    for spectrum in noise where spectrum.count != plan.binCount {
      throw InferenceError.sizeMismatch(
        input: "bins of a noise spectrum", expected: plan.binCount, found: spectrum.count)
    }
    let bins = (0..<plan.binCount).filter { bin in
      let frequency = plan.frequency(bin)
      return model.dispersion.wavenumber(frequency: frequency) > 0 && (frequencyRange?.contains(frequency) ?? true)
    }
    guard !bins.isEmpty else { throw InferenceError.noBins }
    var selected = model
    selected.shape = model.shape.map { shape in bins.map { shape[$0] } }
    selected.responses = model.responses.map { $0.map { response in bins.map { response[$0] } } }
    let observations = try spectra.compactMap {
      try StreamObservation($0, bins: bins, plan: plan, epoch: epoch, channelCount: geometry.channelCount)
    }
    try self.init(
      observations, frequencies: bins.map { plan.frequency($0) }, geometry: geometry,
      noise: noise.map { spectrum in bins.map { spectrum[$0] } }, model: selected)
  }

  init(
    geometry: NetworkGeometry, model: SkyModel, frequencies: [Double], wavenumbers: SkyWavenumbers,
    unconditionedRows: [SkyRow], rows: [SkyRow], offset: Double, knownSources: [SkyPoint]
  ) {
    self.geometry = geometry
    self.model = model
    self.frequencies = frequencies
    self.wavenumbers = wavenumbers
    self.unconditionedRows = unconditionedRows
    self.rows = rows
    self.offset = offset
    self.knownSources = knownSources
  }

  /// What the data say of streams from given directions.
  ///
  /// - Parameters:
  ///   - directions: unit vectors towards the sources, equatorial axes.
  ///   - workers: threads; the result does not depend on it.
  /// - Returns: one point for each direction, its likelihood relative to no stream but the known ones.
  public func evaluate(_ directions: [SIMD3<Double>], workers: Int = 1) -> [SkyPoint] {
    guard !directions.isEmpty else { return [] }
    var points = directions.map { SkyPoint(direction: $0, logLikelihood: 0, amplitude: 0) }
    let workspaces = (0..<max(1, workers)).map { _ in SkyWorkspace(self) }
    let size = workspaces[0].capacity
    points.withUnsafeMutableBufferPointer { points in
      // Every piece writes its own points.
      nonisolated(unsafe) let points = points
      forEachPiece((directions.count + size - 1) / size, workers: workspaces.count) { worker, piece in
        let first = piece * size
        workspaces[worker].points(towards: directions[first..<min(first + size, directions.count)]) {
          points[first + $0] = $1
        }
      }
    }
    return points
  }

  /// The longest distance between channels in m.
  var longestBaseline: Double {
    let places = geometry.positions
    return places.indices.reduce(0) { longest, first in
      places[..<first].reduce(longest) { max($0, length($1 - places[first])) }
    }
  }

  /// 2π/(p d_max), the narrowest fringe on the sky in rad; infinite for a network at one place.
  public var fringeSpacing: Double {
    2 * Double.pi / ((wavenumbers.bins.max() ?? 0) * longestBaseline)
  }
}
