import DarkMatter
import Numerics
import Sky

/// A transient through responses that do not depend on frequency: its closed form at the true instants of the samples.
final class TransientField: RenderedField {
  let channelCount: Int

  private let drive: TransientDrive
  private let instants: SampleCountdown
  private let offset: Double
  /// Factors of (channel, basis vector).
  private let gains: [Double]
  private let components: AlignedBuffer

  /// - Parameter gains: of (channel, basis vector).
  init(_ drive: TransientDrive, time: Int64, gains: [Double], observer: FieldObserver) {
    self.drive = drive
    self.gains = gains
    channelCount = observer.readout.channelCount
    instants = SampleCountdown(nanoseconds: time, sampleRate: observer.sampleRate)
    offset = observer.offset
    components = AlignedBuffer(count: observer.readout.basis.count)
  }

  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    for j in 0..<count {
      let seconds = instants.seconds(to: firstSample + Int64(j)) + (displacements?[j] ?? offset)
      guard drive.passage.contains(seconds) else { continue }
      drive.fill(at: seconds, components.pointer)
      for channel in 0..<channelCount {
        var sum = 0.0
        for b in 0..<components.count { sum += gains[channel * components.count + b] * components.pointer[b] }
        output[channel * channelStride + j] += sum
      }
    }
  }
}

extension TransientEvent {
  /// Makes the event as one node records it: in closed form where all responses are flat, else by convolution.
  func rendered(signalIndex: Int, observer: FieldObserver) throws(SynthesisError) -> any RenderedField {
    do { try validate() } catch { throw .badSignal(index: signalIndex, reason: error) }
    guard observer.baseband == nil else { throw .transientInBaseband(index: signalIndex) }
    let drive = try TransientDrive(
      event: self, epoch: observer.epoch, site: observer.sites[observer.siteIndex], basis: observer.readout.basis)
    if let gains = observer.readout.flatGains(upTo: max(observer.sampleRate.hertz, shape.highestFrequency)) {
      return TransientField(drive, time: time, gains: gains, observer: observer)
    }
    return try ConvolvedTransient(drive, event: self, signalIndex: signalIndex, observer: observer)
  }
}

extension FieldObserver.Readout {
  /// The real factors of (channel, basis vector) when no response depends on frequency; else nil.
  ///
  /// A response that varies anywhere varies between most of the probes, if only in its last digits.
  fileprivate func flatGains(upTo highestFrequency: Double) -> [Double]? {
    var gains: [Double] = []
    for channel in 0..<channelCount {
      for b in basis.indices {
        let value = response(channel, b, highestFrequency)
        let probes = (0..<64).map { response(channel, b, highestFrequency * Double($0) / 64) }
        guard value.imaginary == 0, probes.allSatisfy({ $0 == value }) else { return nil }
        gains.append(value.real)
      }
    }
    return gains
  }
}
