import DarkMatter
import Glibc
import Numerics
import Sky

/// A transient through responses that depend on frequency: overlapped pieces, each convolved by a Fourier transform.
///
/// The field is cut into pieces of the length L of the synthesis blocks, one every L/2, with weights sin²(π s/L) that sum
/// to one. Each piece is taken on a grid of 32 points in the shortest period, transformed with L of zeros behind it,
/// multiplied with R(f), and read at the true instants with eight-point Lagrange polynomials.
///
/// Error, relative to the peak of the answer: 2.4e-9 from the interpolation, and exp(-L/T) where the response rings with
/// a time constant T. What a causal response cannot have seen yet is zero.
final class ConvolvedTransient: RenderedField {
  let channelCount: Int

  private let drive: TransientDrive
  private let readout: FieldObserver.Readout
  private let instants: SampleCountdown
  private let offset: Double
  /// Seconds from one piece to the next; piece 0 starts at the event's time.
  private let hop: Double
  /// Pieces in which the field is not zero.
  private let pieces: ClosedRange<Int64>
  /// Points of the grid in a piece; the transform has twice as many.
  private let length: Int
  private let transform: RealFourierTransform
  /// R(f) of (channel, basis vector, bin), conjugated as the library's transforms want it.
  private let responses: [ComplexNumber]
  private let spectra: AlignedBuffer
  private let sum: AlignedBuffer
  private let values: AlignedBuffer
  /// Answers to single pieces, channel-major, channelCount x 2 length.
  private var slots: [AlignedBuffer?] = Array(repeating: nil, count: 8)
  private var slotPiece: [Int64?] = Array(repeating: nil, count: 8)

  /// The longest grid of a piece, 34 MB a channel for its answer.
  private static let longest = 1 << 21

  init(
    _ drive: TransientDrive, event: TransientEvent, signalIndex: Int, observer: FieldObserver
  ) throws(SynthesisError) {
    let duration = Double(observer.blockNanoseconds) * 1e-9
    // The weights add some multiples of 1/L to the spectrum of a slow event.
    let highest = event.shape.highestFrequency + 64 / duration
    guard 32 * highest * duration <= Double(ConvolvedTransient.longest) else {
      throw .transientTooFast(
        index: signalIndex, frequency: event.shape.highestFrequency,
        limit: Double(ConvolvedTransient.longest) / (32 * duration) - 64 / duration)
    }
    self.drive = drive
    readout = observer.readout
    channelCount = readout.channelCount
    instants = SampleCountdown(nanoseconds: event.time, sampleRate: observer.sampleRate)
    offset = observer.offset
    let hop = duration / 2
    self.hop = hop
    let (first, last) = (drive.passage.lowerBound / hop, drive.passage.upperBound / hop)
    pieces = Int64(first.rounded(.down)) - 1...Int64(last.rounded(.down))
    let length = smoothLength(atLeast: Int((32 * highest * duration).rounded(.up)))
    self.length = length
    transform = RealFourierTransform.shared(length: 2 * length)
    let readout = observer.readout
    var responses: [ComplexNumber] = []
    for channel in 0..<readout.channelCount {
      for b in readout.basis.indices {
        responses += (0...length).map { readout.response(channel, b, Double($0) / (2 * duration)).conjugate }
      }
    }
    self.responses = responses
    spectra = AlignedBuffer(count: readout.basis.count * 2 * (length + 1))
    sum = AlignedBuffer(count: 2 * (length + 1))
    values = AlignedBuffer(count: max(1, readout.basis.count) * 2 * length)
  }

  func add(
    firstSample: Int64, count: Int, displacements: UnsafePointer<Double>?, to output: UnsafeMutablePointer<Double>,
    channelStride: Int
  ) {
    for j in 0..<count {
      let seconds = instants.seconds(to: firstSample + Int64(j)) + (displacements?[j] ?? offset)
      guard seconds >= drive.passage.lowerBound else { continue }
      let newest = Int64((seconds / hop).rounded(.down))
      // A piece and the zeros behind it last four hops.
      let (first, last) = (max(newest - 3, pieces.lowerBound), min(newest, pieces.upperBound))
      guard first <= last else { continue }
      for piece in first...last {
        let answer = answer(to: piece)
        let point = (seconds - Double(piece) * hop) / (2 * hop) * Double(length)
        let whole = min(max(point.rounded(.down), 0), Double(2 * length - 1))
        let weights = lagrangeWeights(point - whole)
        for channel in 0..<channelCount {
          output[channel * channelStride + j] +=
            (weights * eight(answer + channel * (2 * length + 8) + Int(whole))).sum()
        }
      }
    }
  }

  /// The answer to one piece, three points before its start first.
  private func answer(to piece: Int64) -> UnsafeMutablePointer<Double> {
    let slot = Int(piece & 7)
    let stored = slots[slot] ?? AlignedBuffer(count: channelCount * (2 * length + 8))
    slots[slot] = stored
    if slotPiece[slot] == piece { return stored.pointer }
    let start = Double(piece) * hop
    let count = readout.basis.count
    values.pointer.update(repeating: 0, count: values.count)
    for m in 0..<length {
      let seconds = start + 2 * hop * Double(m) / Double(length)
      guard drive.passage.contains(seconds) else { continue }
      drive.fill(at: seconds, values.pointer + m, stride: 2 * length)
      let sine = sin(.pi * Double(m) / Double(length))
      for b in 0..<count { values.pointer[b * 2 * length + m] *= sine * sine }
    }
    for b in 0..<count {
      transform.forward(values.pointer + b * 2 * length, spectra.pointer + b * 2 * (length + 1))
    }
    for channel in 0..<channelCount {
      sum.pointer.update(repeating: 0, count: sum.count)
      for b in 0..<count {
        let spectrum = spectra.pointer + b * 2 * (length + 1)
        let factors = (channel * count + b) * (length + 1)
        for k in 0...length {
          let factor = responses[factors + k]
          sum.pointer[2 * k] += factor.real * spectrum[2 * k] - factor.imaginary * spectrum[2 * k + 1]
          sum.pointer[2 * k + 1] += factor.real * spectrum[2 * k + 1] + factor.imaginary * spectrum[2 * k]
        }
      }
      transform.inverse(sum.pointer, values.pointer)
      let target = stored.pointer + channel * (2 * length + 8)
      let scale = 1 / Double(2 * length)
      for point in 0..<2 * length + 8 {
        target[point] = scale * values.pointer[(point + 2 * length - 3) % (2 * length)]
      }
    }
    slotPiece[slot] = piece
    return stored.pointer
  }
}
