import CFFTW
import Synchronization

// Plans are estimated, so that they are a function of the length alone and not of timings, and made for unaligned
// data, so that the same plan, and with it the same bits, serves every address. FFTW's planner is not thread-safe:
// all plans of the process are made under this lock. Executing a plan on new arrays is thread-safe.
private struct PlanCache: Sendable {
  var real: [Int: RealFourierTransform] = [:]
  var complex: [Int: ComplexFourierTransform] = [:]
}

private let plans = Mutex(PlanCache())

private let planning = UInt32(FFTW_ESTIMATE) | UInt32(FFTW_UNALIGNED)

private func planned(_ plan: fftw_plan?, _ length: Int) -> fftw_plan {
  guard let plan else { preconditionFailure("FFTW could not plan a transform of length \(length)") }
  return plan
}

/// Discrete Fourier transforms of one length between real sequences and their half spectra.
public final class RealFourierTransform: @unchecked Sendable {
  /// Number of real values N.
  public let length: Int
  /// Number of complex values N/2 + 1 of the half spectrum.
  public var spectrumLength: Int { length / 2 + 1 }

  private let forwardPlan: fftw_plan
  private let inversePlan: fftw_plan

  /// The transform of a length; planned at the first request and shared by all threads from then on.
  public static func shared(length: Int) -> RealFourierTransform {
    plans.withLock { cache in
      if let known = cache.real[length] { return known }
      let made = RealFourierTransform(length: length)
      cache.real[length] = made
      return made
    }
  }

  private init(length: Int) {
    precondition(length >= 1 && length <= Int(Int32.max), "a transform needs a length from 1 to 2^31 - 1")
    self.length = length
    let values = AlignedBuffer(count: length)
    let spectrum = AlignedBuffer(count: 2 * (length / 2 + 1))
    (forwardPlan, inversePlan) = spectrum.pointer.withMemoryRebound(
      to: fftw_complex.self, capacity: length / 2 + 1
    ) { spectrum in
      let size = Int32(length)
      return (
        planned(fftw_plan_dft_r2c_1d(size, values.pointer, spectrum, planning | UInt32(FFTW_PRESERVE_INPUT)), length),
        planned(fftw_plan_dft_c2r_1d(size, spectrum, values.pointer, planning | UInt32(FFTW_DESTROY_INPUT)), length)
      )
    }
  }

  deinit {
    plans.withLock { _ in
      fftw_destroy_plan(forwardPlan)
      fftw_destroy_plan(inversePlan)
    }
  }

  /// X_k = sum over n of x_n exp(-2 pi i k n/N), k = 0 ... N/2, not normalised.
  ///
  /// - Parameters:
  ///   - input: N real values, kept.
  ///   - output: receives N/2 + 1 complex values, interleaved; must not overlap the input.
  public func forward(_ input: UnsafePointer<Double>, _ output: UnsafeMutablePointer<Double>) {
    precondition(UnsafePointer(output) != input, "the transform is not in place")
    output.withMemoryRebound(to: fftw_complex.self, capacity: spectrumLength) {
      fftw_execute_dft_r2c(forwardPlan, UnsafeMutablePointer(mutating: input), $0)
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
    input.withMemoryRebound(to: fftw_complex.self, capacity: spectrumLength) {
      fftw_execute_dft_c2r(inversePlan, $0, output)
    }
  }
}

/// Discrete Fourier transforms of one length of complex sequences.
public final class ComplexFourierTransform: @unchecked Sendable {
  /// Number of complex values N.
  public let length: Int

  private let forwardPlan: fftw_plan
  private let inversePlan: fftw_plan

  /// The transform of a length; planned at the first request and shared by all threads from then on.
  public static func shared(length: Int) -> ComplexFourierTransform {
    plans.withLock { cache in
      if let known = cache.complex[length] { return known }
      let made = ComplexFourierTransform(length: length)
      cache.complex[length] = made
      return made
    }
  }

  private init(length: Int) {
    precondition(length >= 1 && length <= Int(Int32.max), "a transform needs a length from 1 to 2^31 - 1")
    self.length = length
    let space = AlignedBuffer(count: 4 * length)
    (forwardPlan, inversePlan) = space.pointer.withMemoryRebound(to: fftw_complex.self, capacity: 2 * length) { first in
      let size = Int32(length)
      let flags = planning | UInt32(FFTW_PRESERVE_INPUT)
      let second = first + length
      return (
        planned(fftw_plan_dft_1d(size, first, second, FFTW_FORWARD, flags), length),
        planned(fftw_plan_dft_1d(size, first, second, FFTW_BACKWARD, flags), length)
      )
    }
  }

  deinit {
    plans.withLock { _ in
      fftw_destroy_plan(forwardPlan)
      fftw_destroy_plan(inversePlan)
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
    input.withMemoryRebound(to: fftw_complex.self, capacity: length) { source in
      output.withMemoryRebound(to: fftw_complex.self, capacity: length) { target in
        fftw_execute_dft(plan, UnsafeMutablePointer(mutating: source), target)
      }
    }
  }
}
