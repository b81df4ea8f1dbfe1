import CKernels
import Glibc
import Numerics
import Sky

/// The F-engine of one channel: window, Fourier transform, normalisation, clock correction, corner turn.
///
/// A complex baseband channel z, with the signal Re[z exp(-2πi f_c (t - epoch))], has the bins
///
///     X_k = sqrt(dt/(2 Sum w²)) exp(-2πi f_c (t_s - epoch)) Sum_n w_n z_n exp(+2πi (k - k_c) n/N),   k_c = f_c x segment,
///
/// t_s the start of the segment: those of its real signal, phase and all. For the signal Re[c exp(-2πi f_k (t - t_s))] has
/// z_n = c exp(+2πi f_c (t_s - epoch)) exp(-2πi (k - k_c) n/N).
final class SegmentTransform: Sendable {
  private enum Kind {
    case real(RealFourierTransform)
    case complex(ComplexFourierTransform, Carrier)
  }

  /// How the bins of the band follow from the spectrum about a centre frequency.
  private struct Carrier {
    /// k_c x hop modulo segment: the part of a cycle, in units of 1/segment, by which the phase of the centre frequency
    /// at the start of a segment goes on from one to the next; with half overlap 0 or a half.
    var partPerHop: Int128
    /// Where the first bin of the band stands in the spectrum, whose negative frequencies follow the positive ones.
    var start: Int
    /// Bins at the beginning of the spectrum that belong behind its end.
    var wrapped: Int
  }

  /// Samples of a segment.
  let length: Int
  /// Doubles of one sample.
  let sampleSize: Int
  /// Samples from one segment to the next.
  let hop: Int
  /// Doubles of the workspace that it needs.
  let windowedCount: Int
  let spectrumCount: Int
  private let plan: BandPlan
  /// Window x sqrt(2 dt/Sum w²); for complex samples window x sqrt(dt/(2 Sum w²)) twice, for the real part and, with the
  /// opposite sign, for the imaginary part: the spectrum of conj(z) is conj(X) in the order of bins that real ones have.
  private let window: [Double]
  private let kind: Kind

  /// - Parameters:
  ///   - carrierCycles: of the centre frequency in a segment, nil for real samples.
  ///   - length: samples of a segment.
  ///   - hop: samples from one segment to the next.
  init(plan: BandPlan, rate: SampleRate, carrierCycles: Int64?, length: Int, hop: Int) {
    self.plan = plan
    self.length = length
    self.hop = hop
    let shape = plan.window.values(length)
    // The last group may reach beyond the transform; its surplus bins are never read.
    let surplus = SpectrumBatch.groups(bins: plan.binCount) * SpectrumBatch.groupBins
    let power = shape.reduce(0) { $0 + $1 * $1 }
    if let carrierCycles {
      sampleSize = 2
      let scale = (rate.interval / (2 * power)).squareRoot()
      window = shape.flatMap { [$0 * scale, -$0 * scale] }
      let distance = plan.firstBin - Int(carrierCycles)
      let start = distance < 0 ? distance + length : distance
      windowedCount = 2 * length
      spectrumCount = 2 * (length + surplus)
      kind = .complex(
        .shared(length: length),
        Carrier(
          partPerHop: Int128(carrierCycles) * Int128(plan.hop) % Int128(plan.segment), start: start,
          wrapped: max(0, start + plan.binCount - length)))
    } else {
      sampleSize = 1
      let scale = (2 * rate.interval / power).squareRoot()
      window = shape.map { $0 * scale }
      windowedCount = length
      spectrumCount = 2 * max(length / 2 + 1, plan.firstBin + surplus)
      kind = .real(.shared(length: length))
    }
  }

  /// The memory one worker needs for any of some transforms.
  final class Workspace {
    fileprivate let windowed: AlignedBuffer
    fileprivate let spectrum: AlignedBuffer
    fileprivate let turn: AlignedBuffer

    init(for transforms: [SegmentTransform], groups: Int) {
      windowed = AlignedBuffer(count: transforms.reduce(0) { max($0, $1.windowedCount) })
      spectrum = AlignedBuffer(count: transforms.reduce(0) { max($0, $1.spectrumCount) })
      turn = AlignedBuffer(count: SpectrumBatch.groupDoubles + 2 * groups)
    }
  }

  /// Transforms one segment into a slot of a batch; a segment with a missing (NaN) sample is marked absent.
  ///
  /// - Parameters:
  ///   - samples: of the segment.
  ///   - segment: its number.
  ///   - clockOffset: true minus nominal time of the samples in seconds; the correction is exp(+2 pi i f offset),
  ///     because a signal Re[c exp(-2 pi i f t)] sampled late by d arrives as c exp(-2 pi i f d).
  func run(
    _ samples: UnsafePointer<Double>, segment: Int64, clockOffset: Double, into batch: SpectrumBatch, channel: Int,
    slot: Int, workspace: Workspace
  ) {
    let spectrum = workspace.spectrum.pointer
    gnomon_apply_window(samples, window, workspace.windowed.pointer, sampleSize * length)
    let bins: UnsafeMutablePointer<Double>
    let present: Bool
    var startCycles = 0.0
    // Bin 0 is a sum over all samples: one that is not a number makes it so, and every other bin with it.
    switch kind {
    case .real(let transform):
      transform.forward(workspace.windowed.pointer, spectrum)
      present = spectrum[0].isFinite
      bins = spectrum + 2 * plan.firstBin
    case .complex(let transform, let carrier):
      transform.forward(workspace.windowed.pointer, spectrum)
      present = spectrum[0].isFinite && spectrum[1].isFinite
      (spectrum + 2 * length).update(from: spectrum, count: 2 * carrier.wrapped)
      bins = spectrum + 2 * carrier.start
      let part = carrier.partPerHop * Int128(segment) % Int128(plan.segment)
      startCycles = -Double(part) / Double(plan.segment)
    }
    batch.setPresent(present, slot: slot, channel: channel)
    guard present else { return }
    let turned = clockOffset != 0 || startCycles != 0
    if turned {
      fillTurn(workspace.turn.pointer, groups: batch.groups, clockOffset: clockOffset, startCycles: startCycles)
    }
    gnomon_write_groups(
      bins, batch.groups, batch.pointer(group: 0, channel: channel, slot: slot), batch.groupStride,
      turned ? workspace.turn.pointer : nil)
  }

  // Factors of the bins of a group, then of the groups; the latter by a recurrence that is set anew every 16 groups,
  // which keeps its rounding error below 1e-14.
  private func fillTurn(
    _ turn: UnsafeMutablePointer<Double>, groups: Int, clockOffset: Double, startCycles: Double
  ) {
    let bins = SpectrumBatch.groupBins
    let cyclesPerBin = plan.resolution * clockOffset
    for lane in 0..<bins {
      (turn[lane], turn[bins + lane]) = Self.phasor(cycles: cyclesPerBin * Double(lane))
    }
    let step = Self.phasor(cycles: cyclesPerBin * Double(bins))
    var factor = (real: 1.0, imaginary: 0.0)
    for group in 0..<groups {
      if group.isMultiple(of: 16) {
        factor = Self.phasor(cycles: startCycles + cyclesPerBin * Double(plan.firstBin + group * bins))
      } else {
        factor = (
          factor.real * step.real - factor.imaginary * step.imaginary,
          factor.real * step.imaginary + factor.imaginary * step.real
        )
      }
      (turn[2 * bins + 2 * group], turn[2 * bins + 2 * group + 1]) = factor
    }
  }

  private static func phasor(cycles: Double) -> (real: Double, imaginary: Double) {
    let angle = 2 * Double.pi * (cycles - cycles.rounded())
    return (cos(angle), sin(angle))
  }
}
