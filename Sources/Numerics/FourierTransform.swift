import CFFTW
import Synchronization

// Plans are estimated: a function of the length alone, not of timings, so that runs repeat to the last bit. They are
// made for data on 16-byte boundaries, where FFTW is two to three times as fast; a plan for any address would give
// other last bits. Data that lie elsewhere pass through an aligned copy, so the bits do not depend on the address.
//
// FFTW's planner is not thread-safe: all plans of the process are made under one lock, kept to its end, and shared.
// Executing a plan on new arrays is thread-safe.
private struct Transforms {
  var real: [Int: RealFourierTransform] = [:]
  var complex: [Int: ComplexFourierTransform] = [:]
}

private let transforms = Mutex(Transforms())

private func planned(_ plan: fftw_plan?, length: Int) -> fftw_plan {
  guard let plan else { preconditionFailure("FFTW could not plan a transform of length \(length)") }
  return plan
}

/// Calls `body` with aligned addresses for `inputCount` doubles at `input` and `outputCount` at `output`: the given
/// ones where they are aligned, else those of a copy, from which the output is copied back.
private func withAligned(
  _ input: UnsafeMutablePointer<Double>, _ inputCount: Int,
  _ output: UnsafeMutablePointer<Double>, _ outputCount: Int,
  _ body: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
) {
  let copiesInput = fftw_alignment_of(input) != 0
  let copiesOutput = fftw_alignment_of(output) != 0
  guard copiesInput || copiesOutput else { return body(input, output) }
  // The offset of the output is a whole number of 16-byte units.
  let offset = (inputCount + 1) & ~1
  withUnsafeTemporaryAllocation(
    byteCount: (offset + outputCount) * MemoryLayout<Double>.stride, alignment: 64
  ) { raw in
    let copy = raw.bindMemory(to: Double.self)
    guard let base = copy.baseAddress else { return }
    if copiesInput { base.update(from: input, count: inputCount) }
    body(copiesInput ? base : input, copiesOutput ? base + offset : output)
    if copiesOutput { output.update(from: base + offset, count: outputCount) }
  }
}

/// Discrete Fourier transforms of one length between real sequences and their half spectra.
///
/// Transforms may run on any thread and need no memory of their own when input and output lie on 16-byte boundaries,
/// as those of `AlignedBuffer` and of arrays do; elsewhere they make a copy, with the same results.
public final class RealFourierTransform: @unchecked Sendable {
  /// Number of real values N.
  public let length: Int
  /// Number of complex values N/2 + 1 of the half spectrum.
  public var spectrumLength: Int { length / 2 + 1 }

  private let forwardPlan: fftw_plan
  private let inversePlan: fftw_plan

  /// The transform of a length; planned at the first request and shared by all threads from then on.
  public static func shared(length: Int) -> RealFourierTransform {
    transforms.withLock { known in
      if let transform = known.real[length] { return transform }
      let transform = RealFourierTransform(length: length)
      known.real[length] = transform
      return transform
    }
  }

  private init(length: Int) {
    precondition(length >= 1 && length <= Int(Int32.max), "a transform needs a length from 1 to 2^31 - 1")
    self.length = length
    let values = AlignedBuffer(count: length)
    let spectrum = AlignedBuffer(count: 2 * (length / 2 + 1))
    let size = Int32(length)
    (forwardPlan, inversePlan) = spectrum.pointer.withMemoryRebound(
      to: fftw_complex.self, capacity: length / 2 + 1
    ) { spectrum in
      let forward = fftw_plan_dft_r2c_1d(size, values.pointer, spectrum, UInt32(FFTW_ESTIMATE | FFTW_PRESERVE_INPUT))
      let inverse = fftw_plan_dft_c2r_1d(size, spectrum, values.pointer, UInt32(FFTW_ESTIMATE | FFTW_DESTROY_INPUT))
      return (planned(forward, length: length), planned(inverse, length: length))
    }
  }

  /// X_k = sum over n of x_n exp(-2 pi i k n/N), k = 0 ... N/2, not normalised.
  ///
  /// - Parameters:
  ///   - input: N real values, kept.
  ///   - output: receives N/2 + 1 complex values, interleaved; must not overlap the input.
  public func forward(_ input: UnsafePointer<Double>, _ output: UnsafeMutablePointer<Double>) {
    precondition(UnsafePointer(output) != input, "the transform is not in place")
    let input = UnsafeMutablePointer(mutating: input)
    withAligned(input, length, output, 2 * spectrumLength) { values, spectrum in
      spectrum.withMemoryRebound(to: fftw_complex.self, capacity: spectrumLength) {
        fftw_execute_dft_r2c(forwardPlan, values, $0)
      }
    }
  }

  /// x_n = sum over k = 0 ... N-1 of X_k exp(+2 pi i k n/N) with X_(N-k) = conj X_k, not normalised.
  ///
  /// - Parameters:
  ///   - input: N/2 + 1 complex values, interleaved, destroyed; the imaginary parts of k = 0 and of k = N/2 (N even)
  ///     are taken as zero.
  ///   - output: receives N real values; must not overlap the input.
  public func inverse(_ input: UnsafeMutablePointer<Double>, _ output: UnsafeMutablePointer<Double>) {
    precondition(output != input, "the transform is not in place")
    withAligned(input, 2 * spectrumLength, output, length) { spectrum, values in
      spectrum.withMemoryRebound(to: fftw_complex.self, capacity: spectrumLength) {
        fftw_execute_dft_c2r(inversePlan, $0, values)
      }
    }
  }
}

/// Discrete Fourier transforms of one length of complex sequences; threads and memory as `RealFourierTransform`.
public final class ComplexFourierTransform: @unchecked Sendable {
  /// Number of complex values N.
  public let length: Int

  private let forwardPlan: fftw_plan
  private let inversePlan: fftw_plan

  /// The transform of a length; planned at the first request and shared by all threads from then on.
  public static func shared(length: Int) -> ComplexFourierTransform {
    transforms.withLock { known in
      if let transform = known.complex[length] { return transform }
      let transform = ComplexFourierTransform(length: length)
      known.complex[length] = transform
      return transform
    }
  }

  private init(length: Int) {
    precondition(length >= 1 && length <= Int(Int32.max), "a transform needs a length from 1 to 2^31 - 1")
    self.length = length
    let space = AlignedBuffer(count: 4 * length)
    let size = Int32(length)
    let flags = UInt32(FFTW_ESTIMATE | FFTW_PRESERVE_INPUT)
    (forwardPlan, inversePlan) = space.pointer.withMemoryRebound(to: fftw_complex.self, capacity: 2 * length) { input in
      let forward = fftw_plan_dft_1d(size, input, input + length, FFTW_FORWARD, flags)
      let inverse = fftw_plan_dft_1d(size, input, input + length, FFTW_BACKWARD, flags)
      return (planned(forward, length: length), planned(inverse, length: length))
    }
  }

  /// X_k = sum over n of x_n exp(-2 pi i k n/N), not normalised.
  ///
  /// - Parameters:
  ///   - input: N complex values, interleaved, kept.
  ///   - output: receives N complex values, interleaved; must not overlap the input.
  public func forward(_ input: UnsafePointer<Double>, _ output: UnsafeMutablePointer<Double>) {
    execute(forwardPlan, input, output)
  }

  /// x_n = sum over k of X_k exp(+2 pi i k n/N), not normalised; arguments as `forward`.
  public func inverse(_ input: UnsafePointer<Double>, _ output: UnsafeMutablePointer<Double>) {
    execute(inversePlan, input, output)
  }

  private func execute(_ plan: fftw_plan, _ input: UnsafePointer<Double>, _ output: UnsafeMutablePointer<Double>) {
    precondition(UnsafePointer(output) != input, "the transform is not in place")
    withAligned(UnsafeMutablePointer(mutating: input), 2 * length, output, 2 * length) { source, target in
      source.withMemoryRebound(to: fftw_complex.self, capacity: length) { source in
        target.withMemoryRebound(to: fftw_complex.self, capacity: length) { target in
          fftw_execute_dft(plan, source, target)
        }
      }
    }
  }
}
