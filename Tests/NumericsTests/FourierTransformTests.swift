import Glibc
import Numerics
import Testing

@Suite struct FourierTransformTests {
  static let lengths = [1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 16, 17, 31, 64, 97, 100, 127, 128, 210, 257, 1000]

  @Test(arguments: lengths)
  func realForwardIsTheSum(length: Int) {
    let signal = whiteNoise(count: length, firstSample: 0, key: 1)
    let spectrum = realForward(signal)
    let direct = directTransform(signal.map { ComplexNumber($0) }, sign: -1)
    for k in 0...length / 2 {
      #expect((ComplexNumber(spectrum[2 * k], spectrum[2 * k + 1]) - direct[k]).magnitude < tolerance(length))
    }
  }

  @Test(arguments: lengths)
  func realInverseReturnsTheSignal(length: Int) {
    let signal = whiteNoise(count: length, firstSample: 9, key: 1)
    var spectrum = realForward(signal)
    var back = [Double](repeating: .nan, count: length)
    RealFourierTransform.shared(length: length).inverse(&spectrum, &back)
    for (value, original) in zip(back, signal) {
      #expect(abs(value / Double(length) - original) < 1e-13)
    }
  }

  @Test(arguments: lengths)
  func complexTransformsAreTheSums(length: Int) {
    let values = whiteNoise(count: 2 * length, firstSample: 0, key: 2)
    let signal = (0..<length).map { ComplexNumber(values[2 * $0], values[2 * $0 + 1]) }
    let transform = ComplexFourierTransform.shared(length: length)
    var output = [Double](repeating: .nan, count: 2 * length)
    for sign in [-1, 1] {
      if sign < 0 { transform.forward(values, &output) } else { transform.inverse(values, &output) }
      let direct = directTransform(signal, sign: Double(sign))
      for k in 0..<length {
        #expect((ComplexNumber(output[2 * k], output[2 * k + 1]) - direct[k]).magnitude < tolerance(length))
      }
    }
  }

  /// numpy.fft.rfft([1, 2, -1, 3, 0.5, -2]).
  @Test func numpyValues() {
    let spectrum = realForward([1, 2, -1, 3, 0.5, -2])
    let expected = [3.5, 0, -1.75, -2.1650635094610966, 4.25, -4.763139720814413, -2.5, 0]
    for (value, reference) in zip(spectrum, expected) { #expect(abs(value - reference) < 1e-14) }
  }

  /// Lengths beyond a direct sum, one of them prime: sum |X|^2 = N sum x^2.
  @Test(arguments: [16_384, 10_007, 50_000, 65_536])
  func parseval(length: Int) {
    let signal = whiteNoise(count: length, firstSample: 0, key: 3)
    let spectrum = realForward(signal)
    var power = 0.0
    for k in 0...length / 2 {
      let weight = k == 0 || 2 * k == length ? 1.0 : 2.0
      power += weight * (spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1])
    }
    let wanted = Double(length) * signal.reduce(0) { $0 + $1 * $1 }
    #expect(abs(power / wanted - 1) < 1e-13)
  }

  @Test(arguments: [1000, 4096, 10_007])
  func everyAddressGivesTheSameBitsAndKeepsTheInput(length: Int) {
    let signal = whiteNoise(count: length, firstSample: 0, key: 4)
    let transform = RealFourierTransform.shared(length: length)
    let reference = realForward(signal)
    let complexReference = complexForward(reference, length / 2)
    for (inputOffset, outputOffset) in [(0, 1), (1, 0), (1, 1), (3, 6)] {
      let input = AlignedBuffer(count: length + 8)
      let output = AlignedBuffer(count: length + 12)
      for j in 0..<length { input.pointer[inputOffset + j] = signal[j] }
      transform.forward(input.pointer + inputOffset, output.pointer + outputOffset)
      #expect((0..<length).allSatisfy { input.pointer[inputOffset + $0] == signal[$0] })
      #expect(reference.indices.allSatisfy { output.pointer[outputOffset + $0] == reference[$0] })
      // Nothing beyond the half spectrum is written.
      let end = outputOffset + reference.count
      #expect((end..<output.count).allSatisfy { output.pointer[$0] == 0 })

      let complex = ComplexFourierTransform.shared(length: length / 2)
      let target = AlignedBuffer(count: length + 8)
      complex.forward(output.pointer + outputOffset, target.pointer + inputOffset)
      #expect(complexReference.indices.allSatisfy { target.pointer[inputOffset + $0] == complexReference[$0] })

      let back = AlignedBuffer(count: length + 8)
      transform.inverse(output.pointer + outputOffset, back.pointer + inputOffset)
      var spectrum = reference
      var inverse = [Double](repeating: 0, count: length)
      transform.inverse(&spectrum, &inverse)
      #expect((0..<length).allSatisfy { back.pointer[inputOffset + $0] == inverse[$0] })
    }
  }

  /// Many tasks plan and run the same new lengths at once; all get the bits a task alone gets.
  @Test func manyThreads() async {
    let lengths = Array(3000..<3012)
    let results = await withTaskGroup(of: [[Double]].self, returning: [[[Double]]].self) { group in
      for worker in 0..<8 {
        group.addTask {
          var spectra = [[Double]](repeating: [], count: lengths.count)
          for round in 0..<10 {
            for step in lengths.indices {
              let index = (step + worker) % lengths.count
              let signal = whiteNoise(count: lengths[index], firstSample: Int64(index), key: 5)
              let spectrum = realForward(signal)
              if round > 0 && spectrum != spectra[index] { Issue.record("length \(lengths[index])") }
              spectra[index] = spectrum
              _ = complexForward(spectrum, lengths[index] / 2)
            }
          }
          return spectra
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 8)
    #expect(results.allSatisfy { $0 == results[0] })
    #expect(RealFourierTransform.shared(length: 3000) === RealFourierTransform.shared(length: 3000))
  }

  private func tolerance(_ length: Int) -> Double { 2e-15 * Double(length) + 1e-14 }
}

private func realForward(_ signal: [Double]) -> [Double] {
  var spectrum = [Double](repeating: .nan, count: 2 * (signal.count / 2 + 1))
  RealFourierTransform.shared(length: signal.count).forward(signal, &spectrum)
  return spectrum
}

private func complexForward(_ interleaved: [Double], _ length: Int) -> [Double] {
  var output = [Double](repeating: .nan, count: 2 * length)
  ComplexFourierTransform.shared(length: length).forward(interleaved, &output)
  return output
}

/// The transform by its definition, the phase reduced in integers.
private func directTransform(_ signal: [ComplexNumber], sign: Double) -> [ComplexNumber] {
  let n = signal.count
  let circle = (0..<n).map { ComplexNumber(magnitude: 1, phase: sign * 2 * Double.pi * Double($0) / Double(n)) }
  return (0..<n).map { k in
    signal.indices.reduce(ComplexNumber.zero) { $0 + signal[$1] * circle[$1 * k % n] }
  }
}
