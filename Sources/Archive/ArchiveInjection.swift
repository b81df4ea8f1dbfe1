import DarkMatter
import Instruments
import Sky
import Topology

/// Puts signals into the samples of a finished archive, as its own sensors would have recorded them: a new archive is made.
///
/// The signals go through position, axes, response and clock of every sensor on the path that simulated nodes use, so that
/// an archive of noise with a signal put in is that of a run with the signal, up to rounding. Missing samples stay missing.
public struct ArchiveInjection {
  /// What the signals did to one stream.
  public struct Effect: Hashable, Sendable, Codable {
    public var stream: String
    /// Samples of each channel that differ from those before, in any channel.
    public var changedSamples: Int64 = 0
    /// The first of them; nil when none does.
    public var firstChanged: Int64?
    /// Root mean square of what was added over all samples of all channels, in the unit of the channels.
    public var rms: Double = 0
  }

  /// The rows that say what was put in, in the order of the signals.
  public let rows: [InjectionRow]
  private let archive: ArchiveReader
  private let sources: [(any SampleSource)?]

  /// - Parameters:
  ///   - signals: those not enabled are left out, but keep their numbers.
  ///   - archive: finished.
  ///   - seed: of the signals' random numbers; nil for that of the run.
  ///   - firstIndex: number of the first signal among all of the run, which selects its random numbers together with the
  ///     seed; nil for the first that is free.
  ///   - nodes: names of the nodes that get the signals; nil for all.
  /// - Throws: `ArchiveError` naming what does not fit; `InstrumentError` when a sensor cannot record a signal.
  public init(
    _ signals: [Signal], into archive: ArchiveReader, seed: UInt64? = nil, firstIndex: Int? = nil,
    nodes: [String]? = nil
  ) throws {
    try archive.requireFinished()
    let topology = try archive.topology()
    let path = archive.path
    func misfit(_ problem: String, _ remedy: String) -> ArchiveError {
      ArchiveError(.wrongUse, path: path, problem: problem, remedy: remedy)
    }
    if let stranger = nodes?.first(where: { name in !archive.streams.contains { $0.name == name } }) {
      throw misfit(
        "it has no node \(stranger)", "it has \(archive.streams.map(\.name).joined(separator: ", "))")
    }
    let before = try archive.injections()
    let taken = before.enumerated().map { (seed: $0.element.seed, index: $0.element.details?.signalIndex ?? $0.offset) }
    let first = firstIndex ?? max(topology.signals.count, (taken.map(\.index).max() ?? -1) + 1)
    let itsSeed = seed ?? topology.seed
    let planned = signals.enumerated().filter(\.element.enabled).map { (index: first + $0.offset, signal: $0.element) }
    for (index, signal) in planned {
      if let old = before.first(where: { $0.identifier == signal.name }) {
        throw misfit("it has an injection named \(old.identifier) already", "rename the signal")
      }
      guard signals.count(where: { $0.name == signal.name }) == 1 else {
        throw misfit("two signals are named \(signal.name)", "rename one of them")
      }
      guard !taken.contains(where: { $0.seed == itsSeed && $0.index == index }) else {
        throw misfit(
          "signal \(index) of seed \(itsSeed) is in the data already: \(signal.name) would have the same random numbers",
          "choose another seed or index")
      }
    }
    let chosen = nodes.map(Set.init)
    rows = planned.map {
      InjectionRow($0.signal, index: $0.index, seed: itsSeed, in: topology, nodes: chosen)
    }
    var plan = topology.observationPlan
    plan.signals = planned.map {
      ObservationPlan.Signal(
        index: $0.index, field: $0.signal.field, activation: $0.signal.activation, seed: itsSeed)
    }
    var sources: [(any SampleSource)?] = []
    for stream in archive.streams {
      guard chosen?.contains(stream.name) ?? true else {
        sources.append(nil)
        continue
      }
      guard let node = topology.nodes.first(where: { $0.name == stream.name }) else {
        throw misfit("its topology does not describe node \(stream.name)", "run gnomon archive verify on the file")
      }
      sources.append(try node.signalSource(plan: plan))
    }
    for (index, signal) in planned where !sources.contains(where: { $0?.recordedSignals.contains(index) ?? false }) {
      throw misfit(
        "no node records any frequency of signal \(signal.name): it lies above half of their sample rates or outside their basebands",
        "choose a lower frequency, or other nodes")
    }
    self.archive = archive
    self.sources = sources
  }

  /// Makes the new archive.
  ///
  /// - Parameters:
  ///   - path: of the new archive.
  ///   - layout: of the new archive: that of the old one with new provenance and a record of the injection.
  ///   - replacing: whether a file at `path` is replaced.
  ///   - workers: threads of the correlator.
  ///   - progress: called now and then with the share of the work that is done, 0 ... 1.
  /// - Returns: what the signals did, stream by stream, and the checksums of the new archive.
  /// - Throws: `ArchiveError`; nothing is left at `path` then.
  public func run(
    to path: String, layout: ArchiveLayout, replacing: Bool = false, workers: Int,
    progress: (Double) -> Void = { _ in }
  ) throws -> (effects: [Effect], checksums: ArchiveChecksums) {
    var effects = archive.streams.map { Effect(stream: $0.name) }
    var powers = archive.streams.map { _ in (sum: 0.0, count: 0.0) }
    var scratch: [Double] = []
    let checksums = try ArchiveCopy.run(
      from: ArchiveExcerpt(of: archive), to: path, layout: layout, replacing: replacing, workers: workers,
      change: { stream, firstSample, count, samples in
        guard let source = sources[stream] else { return }
        if scratch.count < samples.count { scratch = [Double](repeating: 0, count: samples.count) }
        try scratch.withUnsafeMutableBufferPointer { signal in
          guard let start = signal.baseAddress else { return }
          try source.render(firstSample: firstSample, count: count, into: start)
          add(
            UnsafeBufferPointer(rebasing: signal[..<samples.count]), to: samples, firstSample: firstSample,
            count: count,
            size: source.sampleKind.size, effect: &effects[stream], power: &powers[stream])
        }
      }, progress: progress)
    for stream in effects.indices where powers[stream].count > 0 {
      effects[stream].rms = (powers[stream].sum / powers[stream].count).squareRoot()
    }
    return (effects, checksums)
  }

  /// Adds what the channels read of the signals to samples that are there, channel after channel in both.
  private func add(
    _ signal: UnsafeBufferPointer<Double>, to samples: UnsafeMutableBufferPointer<Double>, firstSample: Int64,
    count: Int, size: Int, effect: inout Effect, power: inout (sum: Double, count: Double)
  ) {
    let channels = samples.count / (count * size)
    for sample in 0..<count {
      var isChanged = false
      for channel in 0..<channels {
        for place in (channel * count + sample) * size..<(channel * count + sample + 1) * size {
          let old = samples[place]
          guard !old.isNaN else { continue }
          power.sum += signal[place] * signal[place]
          power.count += 1
          // Not where the signal is zero: -0 + 0 is another number.
          guard signal[place] != 0 else { continue }
          samples[place] = old + signal[place]
          isChanged = isChanged || samples[place] != old
        }
      }
      guard isChanged else { continue }
      effect.changedSamples += 1
      if effect.firstChanged == nil { effect.firstChanged = firstSample + Int64(sample) }
    }
  }
}
