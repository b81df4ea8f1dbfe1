import Numerics

/// The last chunks of an envelope, so that rendering in order computes each once.
final class EnvelopeChunks<Source: Envelope> {
  let source: Source
  private let slots: [(real: AlignedBuffer, imaginary: AlignedBuffer)]
  private var numbers: [Int64?]

  init(_ source: Source) {
    self.source = source
    // Jitter goes back and forth between two chunks, interpolation reaches into a third and a fourth.
    slots = (0..<4).map { _ in
      let count = source.channelCount * envelopeChunk
      return (AlignedBuffer(count: count), AlignedBuffer(count: count))
    }
    numbers = [nil, nil, nil, nil]
  }

  /// Copies points `firstPoint` ..< `firstPoint + count`, channel-major, channelCount x count.
  func copy(
    firstPoint: Int64, count: Int, real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
  ) {
    var done = 0
    while done < count {
      let (number, start) = flooredDivision(firstPoint + Int64(done), envelopeChunk)
      let run = min(count - done, envelopeChunk - start)
      let chunk = chunk(number)
      for channel in 0..<source.channelCount {
        let (from, to) = (channel * envelopeChunk + start, channel * count + done)
        (real + to).update(from: chunk.real.pointer + from, count: run)
        (imaginary + to).update(from: chunk.imaginary.pointer + from, count: run)
      }
      done += run
    }
  }

  private func chunk(_ number: Int64) -> (real: AlignedBuffer, imaginary: AlignedBuffer) {
    // Neighbours never share a slot.
    let slot = Int(number & 3)
    if numbers[slot] != number {
      source.fill(
        firstPoint: number * Int64(envelopeChunk), count: envelopeChunk, real: slots[slot].real.pointer,
        imaginary: slots[slot].imaginary.pointer)
      numbers[slot] = number
    }
    return slots[slot]
  }
}
