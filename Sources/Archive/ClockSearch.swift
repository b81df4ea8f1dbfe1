import DarkMatter
import Foundation
import Inference
import Instruments
import Numerics
import Synthesis
import Topology

extension ArchiveAnalysis {
  /// What the clocks of a run say.
  public struct Clocks: Sendable, Codable {
    public var analysis: ClockAnalysis
    /// Scalar fields that were put in.
    public var injected: [Injected]
    /// How each clock follows the constants of nature, in the order of the archive.
    public var sensitivities: [Sensitivity]
    /// What the cross-spectra of pairs of clocks say, band by band.
    public var pairs: [ClockBandCorrelations]
  }

  /// How a clock follows the constants of nature, and how that is known.
  public struct Sensitivity: Hashable, Sendable, Codable {
    public var clock: String
    public var value: ClockSensitivity
    public var source: String

    init(_ ratio: ClockRatio, clock: String) {
      self.clock = clock
      value = ratio.sensitivity
      let own = ratio.pair == nil || ratio.sensitivity != ratio.pair?.sensitivity
      let pair = ratio.pair.map {
        "\($0.rawValue), \($0.title): \($0.source)\($0.isChecked ? "" : " (not checked against the paper)")"
      }
      source = [pair, own ? "as the topology states it" : nil].compactMap { $0 }.joined(separator: "; and ")
    }
  }

  /// A scalar field that was put in.
  public struct Injected: Hashable, Sendable, Codable {
    public var name: String
    /// Of the middle of its line, in Hz.
    public var frequency: Double
    /// The amplitude that the drawn realisation has in each clock, by its name.
    public var amplitudes: [String: Double]
  }

  /// Name under which the answer of the clocks is stored, in `/products`.
  public static let storedClocksName = "clock_search"
}

extension ArchiveReader {
  private typealias FoundClock = (name: String, ratio: ClockRatio, data: SearchedClock)

  /// Searches the clocks of a run one by one, and together those that answer to the same coupling.
  ///
  /// Missing samples are left out. The samples' own noise is the one that the topology states; readings of a table that gives
  /// their uncertainties are weighted by these.
  ///
  /// - Parameters:
  ///   - options: threshold and limits.
  ///   - progress: called with a line for every search.
  /// - Returns: nil for a run without clocks.
  /// - Throws: `ArchiveError`.
  func searchClocks(options: ClockAnalysisOptions, progress: (String) -> Void) throws -> ArchiveAnalysis.Clocks? {
    let topology = try topology()
    var found: [FoundClock] = []
    var analysis = ClockAnalysis(searches: [], stabilities: [])
    for (stream, layout) in streams.enumerated() {
      guard let ratio = topology.nodes.first(where: { $0.name == layout.name })?.clockRatio else { continue }
      do {
        let (readings, stability) = try clock(
          stream: stream, ratio: ratio, middle: Double(topology.duration) * 0.5e-9)
        var data = readings
        analysis.stabilities.append(stability)
        let total = try sampleCount(stream: stream)
        progress("searching clock \(layout.name): \(data.series.times.count) of \(total) samples are there")
        if options.noise == .measured {
          data.noiseRatio = nil
          data.noiseRatio = try MeasuredNoise(options.spectrum(of: [data])).ratio
        }
        let answers = ratio.sensitivity.couplingCoefficients(options.couplings.radius)
        analysis.searches.append(
          try ClockSearchResult(
            [(layout.name, data)],
            couplings: ClockCoupling.answering(answers), options: options))
        found.append((layout.name, ratio, data))
      } catch let error as ClockAnalysisError {
        analysis.unsearched[layout.name] = error.description
      }
    }
    guard !found.isEmpty || !analysis.unsearched.isEmpty else { return nil }
    try searchTogether(found, options: options, analysis: &analysis, progress: progress)
    return ArchiveAnalysis.Clocks(
      analysis: analysis, injected: try injectedScalars(found, duration: topology.duration),
      sensitivities: found.map { ArchiveAnalysis.Sensitivity($0.ratio, clock: $0.name) },
      pairs: try correlateClocks(options: options))
  }

  /// The readings of one clock, with what is known of their noise, and how stable it is.
  private func clock(
    stream: Int, ratio: ClockRatio, middle: Double
  ) throws -> (SearchedClock, ClockStability) {
    let layout = streams[stream]
    let interval = layout.sampleRate.interval
    let values = try samples(stream: stream, channel: 0, 0..<sampleCount(stream: stream))
    let noise = ratio.noise
    let stability = try ClockStability(
      clock: layout.name, values: values, interval: interval, noise: noise.dominant(at:),
      stated: { noise.allanDeviation(averagingTime: $0, interval: interval) })
    let present = values.indices.filter { !values[$0].isNaN }
    let first = ratio.sampleDeviation(sampleRate: layout.sampleRate)
    let stated =
      noise.growth > 0
      ? present.map { ratio.sampleDeviation(sampleRate: layout.sampleRate, time: (Double($0) + 0.5) * interval) }
      : [Double](repeating: first, count: present.count)
    var series = try ClockSeries(
      times: present.map { (Double($0) + 0.5) * interval - middle }, values: present.map { values[$0] },
      sigmas: layout.readings?.deviations(of: present) ?? stated, interval: interval)
    // They were mended when the table was read.
    series.duplicates = layout.readings?.duplicates ?? 0
    series.wasOutOfOrder = (layout.readings?.outOfOrder ?? 0) > 0
    var data = SearchedClock(series, averages: true)
    if noise.servoTime > 0 { data.response = ratio.response }
    if noise.isColoured {
      let observed = ObservedNoise(
        present: present, interval: interval, white: 2 * interval * first * first,
        lowestFrequency: 1 / (16 * Double(values.count) * interval)
      ) { noise.density(frequency: $0, interval: interval) }
      data.noiseRatio = observed.ratio
    }
    return (data, stability)
  }

  /// One field in all clocks, each weighted with how it answers to a coupling; couplings to which all answer in the same
  /// proportion share a search.
  private func searchTogether(
    _ clocks: [FoundClock], options: ClockAnalysisOptions, analysis: inout ClockAnalysis, progress: (String) -> Void
  ) throws {
    let searches = CommonClockSearch.all(
      of: clocks.map { $0.ratio.sensitivity.couplingCoefficients(options.couplings.radius) })
    for common in searches {
      let names = common.members.map { clocks[$0].name }
      let couplings = common.couplings.map(\.symbol)
      progress(
        "searching \(names.joined(separator: ", ")) together for \(Set(couplings).sorted().joined(separator: ", "))")
      do {
        analysis.searches.append(
          try ClockSearchResult(
            zip(common.members, common.shares).map { member, share in
              var data = clocks[member].data
              data.factor = share
              return (clocks[member].name, data)
            }, couplings: common.answering, options: options))
      } catch let error as ClockAnalysisError {
        analysis.unsearched[names.joined(separator: " + ")] = error.description
      }
    }
  }

  /// The scalar fields that the archive records as put in: as they are in the middle of the run, or on the root mean square
  /// where the run outlasts their coherence time.
  private func injectedScalars(_ clocks: [FoundClock], duration: Int64) throws -> [ArchiveAnalysis.Injected] {
    let seconds = Double(duration) * 1e-9
    return try injections().enumerated().filter { $0.element.model == "scalar" }.compactMap { position, row in
      guard let field = try? decode(ScalarField.self, from: row.parameters) else { return nil }
      let wave = ScalarFieldAmplitude(
        field, signalIndex: row.details?.signalIndex ?? position, seed: row.seed, duration: seconds)
      // An axion is a line at twice the rest frequency.
      let isAxion = clocks.contains { field.quadraticPeak(in: $0.ratio.sensitivity) != 0 }
      let zeta = typicalModulus(
        of: wave, order: isAxion ? 2 : 1, coherenceTimes: seconds / field.coherenceTime, in: seconds)
      let amplitudes = clocks.map { clock in
        let sensitivity = clock.ratio.sensitivity
        return (
          clock.name,
          isAxion
            ? 0.5 * zeta * abs(field.quadraticPeak(in: sensitivity)) : zeta * abs(field.amplitude(in: sensitivity))
        )
      }
      return ArchiveAnalysis.Injected(
        name: row.identifier, frequency: (isAxion ? 2 : 1) * field.lineCentre,
        amplitudes: Dictionary(amplitudes, uniquingKeysWith: { first, _ in first }))
    }
  }
}

/// |zeta| to a power in the middle of a run, or its root mean square over a run of several coherence times.
private func typicalModulus(
  of wave: ScalarFieldAmplitude, order: Double, coherenceTimes: Double, in duration: Double
) -> Double {
  guard coherenceTimes > 1 else { return pow(wave.value(atSeconds: duration / 2).magnitude, order) }
  let count = Int(min(16 * coherenceTimes, 4096).rounded(.up))
  let sum = (0..<count).reduce(0) { sum, index in
    sum + pow(wave.value(atSeconds: (Double(index) + 0.5) / Double(count) * duration).magnitude, 2 * order)
  }
  return (sum / Double(count)).squareRoot()
}

extension ScalarField {
  /// The time in s in which a stochastic field changes, infinite for one of a single wave.
  fileprivate var coherenceTime: Double {
    let speed = virialSpeed / speedOfLight
    return isStochastic && speed > 0 ? 1 / (restFrequency * speed * speed) : .infinity
  }

  /// The mean frequency of the waves in Hz: above that of the rest mass by their kinetic energy.
  fileprivate var lineCentre: Double {
    guard isStochastic, virialSpeed > 0 else { return restFrequency }
    let (virial, wind) = (virialSpeed / speedOfLight, LocalDarkMatter.windSpeed / speedOfLight)
    return restFrequency * (1 + 0.5 * (1.5 * virial * virial + wind * wind))
  }
}

extension ClockNoise {
  /// The kind of frequency noise that is strongest at an averaging time, as confidence intervals take it; phase noise goes as
  /// white.
  fileprivate func dominant(at time: Double) -> FrequencyNoise {
    let levels: [(FrequencyNoise, Double)] = [
      (.white, whiteFrequency / time.squareRoot() + (whitePhase + flickerPhase) / time), (.flicker, flickerFrequency),
      (.randomWalk, randomWalkFrequency * time.squareRoot()),
    ]
    return levels.max { $0.1 < $1.1 }?.0 ?? .white
  }
}
