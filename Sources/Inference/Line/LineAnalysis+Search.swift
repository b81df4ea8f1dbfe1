import DarkMatter
import Foundation
import Numerics

extension LineAnalysis {
  /// Searches a band for lines of every template.
  ///
  /// The amplitudes come block by block, so that memory does not grow with the band. Every template is scanned in steps of half
  /// the inverse of the longest coherent piece, all frequencies of one bin by the Fourier transforms of `LineScanGrid`; modes
  /// are made anew for every per cent in mass. The loudest points are then fitted with modes of their own. Noise densities come
  /// with the amplitudes; a line is weak against the noise of one bin of one segment, or the densities are taken beside it.
  ///
  /// - Parameters:
  ///   - blockCount: number of blocks.
  ///   - options: hypotheses, confidence and threads.
  ///   - progress: called with the share of the blocks that is done.
  ///   - block: gives the amplitudes of a block; blocks follow each other in frequency and have one geometry.
  /// - Throws: `InferenceError` when there is nothing to analyse, `LinearAlgebraError`, and what `block` throws.
  public init(
    blockCount: Int, options: LineAnalysisOptions, progress: (Double) -> Void = { _ in },
    block: (Int) throws -> LineBlock
  ) throws {
    var scanned = options.templates.map { _ in LineTrack() }
    var peaks = LinePeaks()
    var geometry: LineObservation?
    for number in 0..<blockCount {
      let block = try block(number)
      guard block.geometry.present.contains(true) else { continue }
      geometry = block.geometry
      let parts = block.parts()
      for (index, part) in parts.enumerated() {
        for (template, hypothesis) in options.templates.enumerated() {
          // Modes of a ten-thousandth of the power matter to a scan only where the line is far above any threshold.
          let search = try LineSearch(
            hypothesis, observation: part.middle, restFrequency: part.middle.frequency, tolerance: 1e-4)
          scanned[template].append(
            search, block, part.range, template: template, confidence: options.confidence, workers: options.workers,
            peaks: &peaks)
        }
        progress((Double(number) + Double(index + 1) / Double(parts.count)) / Double(blockCount))
      }
    }
    guard let geometry else { throw InferenceError.noSpectra }
    segmentLength = geometry.segmentLength
    segments = geometry.times.count
    confidence = options.confidence
    globalThreshold = options.globalThreshold
    let loudest = peaks.loudest
    scans = options.templates.indices.map { index in
      let noise = scanned[index].noise(
        besides: loudest, key: Philox.derive(options.seed, tag: 0x494E_464C, a: Int64(index), b: 0))
      return Scan(
        template: options.templates[index], points: scanned[index].points,
        frequencies: scanned[index].statistics.count, crossings: noise.crossings, inflation: noise.inflation)
    }
    candidates = []
    let shares = try LineAnalysis.shares(of: peaks.loudest, scans: scans, options: options)
    // ln of crossings of the whole band, up to what depends on the level.
    let logCrossings = options.templates.indices.map { index in
      log(max(1, scans[index].crossings) * shares[index])
        - LineSignificance.logCrossingRate(
          1, eigenvalues: scanned[index].eigenvalues,
          key: Philox.derive(options.seed, tag: 0x4352_4F53, a: Int64(index), b: 0))
    }
    candidates = try peaks.separate().enumerated().map { number, peak in
      try LineAnalysis.candidate(
        peak, scans: scans, eigenvalues: scanned.map(\.eigenvalues), logCrossings: logCrossings, options: options,
        key: Philox.derive(options.seed, tag: 0x5349_474E, a: Int64(number), b: 0))
    }.sorted { $0.logGlobalProbability < $1.logGlobalProbability }
    if let found = detection { candidates[0].comparison = try LineAnalysis.comparison(found, peaks, options: options) }
  }

  /// What each template's crossings count for, at the level of the loudest peak; lower levels are shared by more templates.
  ///
  /// Far above any threshold a factor as small as the number of templates does not matter.
  private static func shares(of peak: LinePeaks.Peak?, scans: [Scan], options: LineAnalysisOptions) throws -> [Double] {
    guard let peak, options.templates.count > 1, peak.statistic < 100 else { return scans.map { _ in 1 } }
    let searches = try options.templates.map {
      try LineSearch($0, observation: peak.observation, restFrequency: peak.frequency, tolerance: 1e-4)
    }
    return LineTemplateTrials.shares(
      searches, level: peak.statistic / scans[peak.template].inflation,
      key: Philox.derive(options.seed, tag: 0x5452_4941, a: 0, b: 0))
  }

  /// A peak fitted with modes of its own, and its probabilities.
  private static func candidate(
    _ peak: LinePeaks.Peak, scans: [Scan], eigenvalues: [[Double]], logCrossings: [Double],
    options: LineAnalysisOptions, key: UInt64
  ) throws -> Candidate {
    let search = try LineSearch(
      options.templates[peak.template], observation: peak.observation, restFrequency: peak.frequency)
    let best = search.maximum(
      peak.observation, near: peak.frequency, frequencyRange: peak.observation.resolution)
    // A line may be taken for any of the templates.
    let scan = scans[peak.template]
    let statistic = best.profile.statistic / scan.inflation
    let local = LineSignificance.logSurvival(statistic, eigenvalues: search.eigenvalues, key: key)
    let trials = scans.indices.map { index in
      logCrossings[index]
        + LineSignificance.logCrossingRate(statistic, eigenvalues: eigenvalues[index], key: key)
    }
    let most = trials.max() ?? 0
    let expected = most + log(trials.reduce(0) { $0 + exp($1 - most) })
    // Above at the first frequency, or crossing upwards somewhere.
    let total = exp(min(expected, 50)) + exp(local)
    let global = total < 1e-12 ? max(expected, local) : log(-expm1(-min(total, 50)))
    let isFound = global < log(options.globalThreshold)
    return Candidate(
      template: options.templates[peak.template], restFrequency: best.frequency, profile: best.profile,
      logLocalProbability: local, logGlobalProbability: global,
      estimate: isFound
        ? LinePosterior(search, peak.observation, near: best, frequencyRange: peak.observation.lineWidth).estimate
        : nil, comparison: nil)
  }

  /// The found line under all templates, and under the cold stream that fits it best.
  private static func comparison(
    _ found: Candidate, _ peaks: LinePeaks, options: LineAnalysisOptions
  ) throws -> CouplingComparison? {
    guard options.templates.count > 1, let observation = peaks.observation(nearest: found.restFrequency) else {
      return nil
    }
    let stream = try LineHypothesis.coldStream(
      .axionGradient, fittedTo: observation, restFrequency: found.restFrequency, frequencyRange: observation.lineWidth)
    let searches = try (options.templates + [stream]).map {
      try LineSearch($0, observation: observation, restFrequency: found.restFrequency)
    }
    return CouplingComparison(
      searches, observation: observation, restFrequency: found.restFrequency, frequencyRange: observation.lineWidth,
      simulations: options.simulations, key: Philox.derive(options.seed, tag: 0x5349_474E, a: 0, b: 0))
  }
}

extension LineObservation {
  /// Width in Hz of a standard halo's line, at least the resolution of the run.
  var lineWidth: Double { max(1e-6 * frequency, resolution) }

  /// The inverse of the length of the run, Hz.
  var resolution: Double { 1 / (segmentSpacing * Double(max(1, times.count))) }
}
