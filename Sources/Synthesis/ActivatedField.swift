import DarkMatter
import Numerics

/// A field that is there for a part of the run only: its samples times the envelope at their true instants.
///
/// The envelope acts on what the channels read. That is the response to a field with this envelope but for the memory
/// of the response, a relative (response time)/rise.
final class ActivatedField: RenderedField {
  var channelCount: Int { field.channelCount }

  private let field: any RenderedField
  private let activation: Activation
  private let start: SampleCountdown?
  private let stop: SampleCountdown?
  private let offset: Double
  /// Doubles of a sample: two in complex channels.
  private let size: Int
  private let samples: AlignedBuffer
  private let weights = AlignedBuffer(count: ActivatedField.run)
  private static let run = 1024

  init(_ field: any RenderedField, activation: Activation, observer: FieldObserver) {
    self.field = field
    self.activation = activation
    start = activation.start.map { SampleCountdown(nanoseconds: $0, sampleRate: observer.sampleRate) }
    stop = activation.stop.map { SampleCountdown(nanoseconds: $0, sampleRate: observer.sampleRate) }
    offset = observer.offset
    size = observer.baseband == nil ? 1 : 2
    samples = AlignedBuffer(count: field.channelCount * ActivatedField.run * size)
  }

  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    for begin in stride(from: 0, to: count, by: ActivatedField.run) {
      let run = min(ActivatedField.run, count - begin)
      let first = firstSample + Int64(begin)
      var isOn = false
      for j in 0..<run {
        let late = displacements?[begin + j] ?? offset
        let sample = first + Int64(j)
        let weight = activation.weight(
          sinceStart: start.map { $0.seconds(to: sample) + late } ?? .infinity,
          untilStop: stop.map { -$0.seconds(to: sample) - late } ?? .infinity)
        weights.pointer[j] = weight
        isOn = isOn || weight > 0
      }
      guard isOn else { continue }
      // One way for all samples, also where the envelope is one: then no bit depends on the range that is asked for.
      samples.pointer.update(repeating: 0, count: channelCount * run * size)
      field.add(
        firstSample: first, count: run, displacements: displacements.map { $0 + begin }, to: samples.pointer,
        channelStride: run * size)
      for channel in 0..<channelCount {
        let source = samples.pointer + channel * run * size
        let target = output + channel * channelStride + begin * size
        for j in 0..<run where weights.pointer[j] > 0 {
          for part in size * j..<size * (j + 1) { target[part] += weights.pointer[j] * source[part] }
        }
      }
    }
  }
}

extension FieldModel {
  /// Makes the field as one node records it, while it is there.
  ///
  /// - Parameters:
  ///   - signalIndex: number of the signal among all of the run; it selects the random numbers.
  ///   - activation: when the field is there.
  ///   - observer: the node.
  /// - Returns: nil when the node can see nothing of it, because its rate is too low.
  /// - Throws: `SynthesisError`.
  public func rendered(
    signalIndex: Int, activation: Activation, observer: FieldObserver
  ) throws(SynthesisError) -> (any RenderedField)? {
    do { try activation.validate() } catch { throw .badSignal(index: signalIndex, reason: error) }
    guard let field = try rendered(signalIndex: signalIndex, observer: observer) else { return nil }
    return activation.isAlways ? field : ActivatedField(field, activation: activation, observer: observer)
  }
}
