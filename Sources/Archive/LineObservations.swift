import Correlator
import Foundation
import Inference
import Instruments
import Numerics
import Sky
import Topology

/// Reads the amplitudes of all channels in short segments, block by block of frequencies.
///
/// Amplitudes and noise are referred to the field: divided by the response of each channel, with the clock offsets that
/// the nodes report taken out.
struct LineReader {
  /// Bytes of the amplitudes of one block, about.
  static let blockBytes = 96 << 20

  private let archive: ArchiveReader
  private let streams: [Stream]
  private let channels: [LineObservation.Channel]
  /// Nanoseconds of a segment.
  private let length: Int64
  private let segments: Int
  /// Bins that are searched, of all blocks, and those that all streams record.
  private let bins: Range<Int>
  private let recorded: Range<Int>
  private let workers: Int

  /// Blocks of frequencies.
  let blockCount: Int
  private let blockBins: Int

  private struct Stream {
    /// Its number in the archive.
    let number: Int
    let segmentSamples: Int
    let available: Int
    let clock: ClockModel
    let linear: [LinearChannel]
  }

  /// - Parameters:
  ///   - plan: of the band that says which streams take part.
  ///   - lowest: Hz.
  ///   - highest: Hz.
  ///   - workers: threads; no influence on the values.
  /// - Throws: `ArchiveError`; `InferenceError.invalidOption` when no segment fits all sample rates.
  init(
    _ archive: ArchiveReader, plan: BandPlan, from lowest: Double, to highest: Double, workers: Int
  ) throws {
    let topology = try archive.topology()
    self.archive = archive
    self.workers = workers
    let members = archive.participants(plan)
    length = try archive.lineSegment(highest: highest, duration: topology.duration, streams: members)
    let seconds = Double(length) * 1e-9
    segments = Int(topology.duration / (length / 2)) - 1
    var streams: [Stream] = []
    var channels: [LineObservation.Channel] = []
    var recorded = 0..<Int.max
    for number in members {
      let layout = archive.streams[number]
      let node = topology.nodes[number]
      guard let samples = layout.sampleRate.samples(inNanoseconds: length),
        let engine = SegmentAmplitudes(
          segmentSamples: Int(samples), sampleRate: layout.sampleRate, baseband: layout.baseband, lowest: 0,
          highest: highest + Double(LineNoise.reach + 1) / seconds)
      else { throw ArchiveReader.noSegment(length) }
      recorded = recorded.clamped(to: engine.bins)
      let linear = try LinearChannel.channels(of: node)
      streams.append(
        Stream(
          number: number, segmentSamples: engine.segmentSamples, available: try archive.sampleCount(stream: number),
          clock: node.clock,
          linear: linear))
      for (channel, description) in layout.channels.enumerated() {
        channels.append(
          .init(
            label: linear[channel].label, position: layout.earthFixedPosition,
            direction: description.earthFixedDirection, station: number,
            gainUncertainty: layout.calibrationUncertainty))
      }
    }
    self.streams = streams
    self.channels = channels
    self.recorded = recorded
    let first = max(recorded.lowerBound, Int((lowest * seconds).rounded(.up)))
    bins = first..<max(first, min(recorded.upperBound, Int((highest * seconds).rounded(.down)) + 1))
    let most = Self.blockBytes / (max(1, segments * channels.count) * MemoryLayout<ComplexNumber>.stride)
    blockBins = max(LineNoise.reach, most - 2 * LineNoise.reach)
    blockCount = (bins.count + blockBins - 1) / blockBins
  }

  /// Seconds of a segment, segments, and frequencies.
  var summary: String {
    "\(bins.count) bins, \(segments) segments of \(Double(length) * 1e-9) s"
  }

  /// The amplitudes and the noise at the frequencies of a block.
  ///
  /// - Throws: `ArchiveError`, or `InferenceError.channelNotLinear`.
  func block(_ number: Int) throws -> LineBlock {
    let first = bins.lowerBound + number * blockBins
    let wanted = first..<min(first + blockBins, bins.upperBound)
    // Bins beyond the range show the noise at its edges.
    let read =
      max(
        recorded.lowerBound, wanted.lowerBound - LineNoise.reach)..<min(
        recorded.upperBound, wanted.upperBound + LineNoise.reach)
    let size = segments * channels.count
    var amplitudes = [ComplexNumber](repeating: .zero, count: read.count * size)
    var present = [Bool](repeating: false, count: size)
    var channel = 0
    for stream in streams.indices {
      for place in streams[stream].linear.indices {
        try take(stream, place, channel: channel, bins: read, into: &amplitudes, &present)
        channel += 1
      }
    }
    let seconds = Double(length) * 1e-9
    let noise = LineNoise(
      amplitudes, present: present, bins: read, channels: channels.count, window: .hann, workers: workers)
    let kept = (wanted.lowerBound - read.lowerBound) * size..<(wanted.upperBound - read.lowerBound) * size
    let geometry = LineObservation(
      channels: channels, segmentLength: seconds, window: .hann,
      times: (0..<segments).map { Double($0 + 1) * seconds / 2 }, reference: archive.epoch,
      frequency: Double(wanted.lowerBound) / seconds, amplitudes: Array(amplitudes[kept.prefix(size)]),
      present: present, noise: noise.density(wanted.lowerBound))
    return LineBlock(
      geometry: geometry, frequencies: wanted.map { Double($0) / seconds },
      amplitudes: kept.count == amplitudes.count ? amplitudes : Array(amplitudes[kept]),
      noise: wanted.flatMap(noise.density))
  }

  /// The amplitudes of one channel: [bin][segment][channel].
  private func take(
    _ stream: Int, _ place: Int, channel: Int, bins: Range<Int>, into amplitudes: inout [ComplexNumber],
    _ present: inout [Bool]
  ) throws {
    let own = streams[stream]
    let layout = archive.streams[own.number]
    let seconds = Double(length) * 1e-9
    let factors = try bins.map { ComplexNumber.one / (try own.linear[place].response(at: Double($0) / seconds)) }
    let threads = max(1, workers)
    let engines = (0..<threads).compactMap { _ in
      SegmentAmplitudes(
        segmentSamples: own.segmentSamples, sampleRate: layout.sampleRate, baseband: layout.baseband,
        lowest: (Double(bins.lowerBound) - 0.5) / seconds, highest: (Double(bins.upperBound) - 0.5) / seconds)
    }
    guard engines.count == threads, engines[0].bins == bins else { throw ArchiveReader.noSegment(length) }
    let half = own.segmentSamples / 2
    let kind = layout.sampleKind.size
    // About four megabytes of samples at a time.
    let batch = max(1, (1 << 19) / (half * kind))
    let whole = min(segments, own.available / half - 1)
    let (channels, segments) = (channels.count, segments)
    let spectra = (0..<threads).map { _ in [ComplexNumber](repeating: .zero, count: bins.count) }
    for start in stride(from: 0, to: max(0, whole), by: batch) {
      let end = min(start + batch, whole)
      let samples = try archive.samples(stream: own.number, channel: place, (start * half)..<((end + 1) * half))
      samples.withUnsafeBufferPointer { samples in
        amplitudes.withUnsafeMutableBufferPointer { amplitudes in
          present.withUnsafeMutableBufferPointer { present in
            // A segment is written by one thread, and a thread has one engine.
            nonisolated(unsafe) let (amplitudes, present) = (amplitudes, present)
            nonisolated(unsafe) var spectra = spectra
            spectra.withUnsafeMutableBufferPointer { spectra in
              nonisolated(unsafe) let spectra = spectra
              forEachPiece(end - start, workers: threads) { worker, number in
                let segment = start + number
                let part = UnsafeBufferPointer(
                  rebasing: samples[(number * half * kind)..<((number + 2) * half * kind)])
                let late = own.clock.reportedOffset(secondsSinceEpoch: Double(segment + 1) * seconds / 2)
                spectra[worker].withUnsafeMutableBufferPointer { spectrum in
                  guard let base = spectrum.baseAddress, engines[worker].take(part, segment: segment, into: base) else {
                    return
                  }
                  for index in 0..<spectrum.count {
                    // A sample taken late by d shows c exp(-2πi f d).
                    let frequency = Double(bins.lowerBound + index) / seconds
                    let turn = late == 0 ? .one : ComplexNumber(magnitude: 1, phase: 2 * .pi * frequency * late)
                    amplitudes[(index * segments + segment) * channels + channel] = base[index] * factors[index] * turn
                  }
                  present[segment * channels + channel] = true
                }
              }
            }
          }
        }
      }
    }
  }
}

extension ArchiveReader {
  /// Nanoseconds of a segment: as long as a line stays in one bin, at least eight in the run, with halves that are whole at
  /// every rate.
  fileprivate func lineSegment(highest: Double, duration: Int64, streams members: [Int]) throws -> Int64 {
    let longest = min(LineObservation.longestSegment(frequency: highest) * 1e9, Double(duration) / 8)
    for unit: Int64 in [2_000_000_000, 200_000_000, 20_000_000, 2_000_000] {
      let most = Int64(longest) / unit
      guard most > 0 else { continue }
      for count in stride(from: most, to: max(0, most / 2), by: -1)
      where members.allSatisfy({ streams[$0].fits(segment: count * unit) }) {
        return count * unit
      }
    }
    throw Self.noSegment(Int64(longest))
  }

  fileprivate static func noSegment(_ longest: Int64) -> InferenceError {
    .invalidOption(
      name: "line band",
      reason:
        "no segment of at most \(Double(longest) * 1e-9) s holds an even number of samples, and whole cycles of the "
        + "centre frequency, of every node")
  }
}

extension ArchiveLayout.Stream {
  /// Whether a segment holds an even number of samples, and whole cycles of a centre frequency.
  fileprivate func fits(segment nanoseconds: Int64) -> Bool {
    guard let samples = sampleRate.samples(inNanoseconds: nanoseconds), samples >= 16, samples.isMultiple(of: 2) else {
      return false
    }
    guard let baseband else { return true }
    let cycles = baseband * Double(nanoseconds) * 1e-9
    return abs(cycles - cycles.rounded()) < 1e-6
  }
}
