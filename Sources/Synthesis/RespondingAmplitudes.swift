import Numerics

/// Channels that follow a field's components through complex responses: the amplitudes of the channels from those of the
/// field along a readout's basis.
struct RespondingAmplitudes<Field: BlockAmplitudes>: BlockAmplitudes {
  let channelCount: Int
  var knotCount: Int { field.knotCount }
  let firstBin: Int
  let binCount: Int

  private let field: Field
  /// Factors of (channel, basis vector, bin), in this order.
  private let real: [Double]
  private let imaginary: [Double]
  /// Pairs of channel and basis vector with a response at any frequency.
  private let pairs: [(channel: Int, basis: Int)]

  /// - Parameters:
  ///   - field: its channels are the components along the readout's basis.
  ///   - frequencies: Hz of the bins.
  ///   - recordedBins: the multiples of 1/block that the channels record; other bins of the field are left out.
  ///   - delay: seconds by which all instants are later than the grid.
  ///   - phase: radians by which all amplitudes are turned.
  init(
    _ field: Field, readout: FieldObserver.Readout, frequencies: [Double], recordedBins: Range<Int>, delay: Double,
    phase: Double
  ) {
    precondition(field.channelCount == readout.basis.count && frequencies.count == field.binCount)
    self.field = field
    let bins = recordedBins.clamped(to: field.firstBin..<field.firstBin + field.binCount)
    (firstBin, binCount) = (bins.lowerBound, bins.count)
    let frequencies = frequencies[bins.lowerBound - field.firstBin..<bins.upperBound - field.firstBin]
    channelCount = readout.channelCount
    var (real, imaginary): ([Double], [Double]) = ([], [])
    var pairs: [(channel: Int, basis: Int)] = []
    for channel in 0..<readout.channelCount {
      for basis in readout.basis.indices {
        let factors = frequencies.map {
          readout.response(channel, basis, $0) * ComplexNumber(magnitude: 1, phase: phase - 2 * .pi * $0 * delay)
        }
        guard factors.contains(where: { $0 != .zero }) else { continue }
        pairs.append((channel, basis))
        real += factors.map(\.real)
        imaginary += factors.map(\.imaginary)
      }
    }
    (self.real, self.imaginary, self.pairs) = (real, imaginary, pairs)
  }

  func fill(
    block: Int64, real output: UnsafeMutablePointer<Double>, imaginary outputImaginary: UnsafeMutablePointer<Double>
  ) {
    let size = knotCount * field.channelCount * field.binCount
    let skipped = firstBin - field.firstBin
    output.update(repeating: 0, count: knotCount * channelCount * binCount)
    outputImaginary.update(repeating: 0, count: knotCount * channelCount * binCount)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * size) { components in
      components.initialize(repeating: 0)
      guard let componentReal = components.baseAddress, size > 0 else { return }
      let componentImaginary = componentReal + size
      field.fill(block: block, real: componentReal, imaginary: componentImaginary)
      real.withUnsafeBufferPointer { real in
        imaginary.withUnsafeBufferPointer { imaginary in
          for knot in 0..<knotCount {
            for (pair, (channel, basis)) in pairs.enumerated() {
              let factor = pair * binCount
              let source = (knot * field.channelCount + basis) * field.binCount + skipped
              let target = (knot * channelCount + channel) * binCount
              for k in 0..<binCount {
                let (a, b) = (componentReal[source + k], componentImaginary[source + k])
                let (c, d) = (real[factor + k], imaginary[factor + k])
                output[target + k] += c * a - d * b
                outputImaginary[target + k] += c * b + d * a
              }
            }
          }
        }
      }
    }
  }
}
