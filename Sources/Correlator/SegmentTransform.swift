import CKernels
import Glibc
import Numerics
import Sky

/// The F-engine of one channel: window, real Fourier transform, normalisation, clock correction, corner turn.
final class SegmentTransform: Sendable {
  /// Samples of a segment.
  let length: Int
  /// Samples from one segment to the next.
  let hop: Int
  private let plan: BandPlan
  /// Window × sqrt(2 dt/Sum w²).
  private let window: [Double]
  private let transform: RealFourierTransform

  init(plan: BandPlan, rate: SampleRate, length: Int, hop: Int) {
    self.plan = plan
    self.length = length
    self.hop = hop
    let shape = plan.window.values(length)
    let scale = (2 * rate.interval / shape.reduce(0) { $0 + $1 * $1 }).squareRoot()
    window = shape.map { $0 * scale }
    transform = .shared(length: length)
  }

  /// The memory one worker needs for transforms of segments up to `length` samples.
  final class Workspace {
    fileprivate let windowed: AlignedBuffer
    fileprivate let spectrum: AlignedBuffer
    fileprivate let turn: AlignedBuffer

    init(plan: BandPlan, length: Int, groups: Int) {
      windowed = AlignedBuffer(count: length)
      // The last group may reach beyond the transform; its surplus bins are never read.
      spectrum = AlignedBuffer(count: 2 * max(length / 2 + 1, plan.firstBin + groups * SpectrumBatch.groupBins))
      turn = AlignedBuffer(count: SpectrumBatch.groupDoubles + 2 * groups)
    }
  }

  /// Transforms one segment into a slot of a batch; a segment with a missing (NaN) sample is marked absent.
  ///
  /// - Parameters:
  ///   - samples: of the segment.
  ///   - clockOffset: true minus nominal time of the samples in seconds; the correction is exp(+2 pi i f offset),
  ///     because a signal Re[c exp(-2 pi i f t)] sampled late by d arrives as c exp(-2 pi i f d).
  func run(
    _ samples: UnsafePointer<Double>, clockOffset: Double, into batch: SpectrumBatch, channel: Int, slot: Int,
    workspace: Workspace
  ) {
    let spectrum = workspace.spectrum.pointer
    gnomon_apply_window(samples, window, workspace.windowed.pointer, length)
    transform.forward(workspace.windowed.pointer, spectrum)
    // Bin 0 is a sum over all samples: one that is not a number makes it so, and every other bin with it.
    let present = spectrum[0].isFinite
    batch.setPresent(present, slot: slot, channel: channel)
    guard present else { return }
    let turned = clockOffset != 0
    if turned { fillTurn(workspace.turn.pointer, groups: batch.groups, clockOffset: clockOffset) }
    gnomon_write_groups(
      spectrum + 2 * plan.firstBin, batch.groups, batch.pointer(group: 0, channel: channel, slot: slot),
      batch.groupStride, turned ? workspace.turn.pointer : nil)
  }

  // Factors of the bins of a group, then of the groups; the latter by a recurrence that is set anew every 16 groups,
  // which keeps its rounding error below 1e-14.
  private func fillTurn(_ turn: UnsafeMutablePointer<Double>, groups: Int, clockOffset: Double) {
    let bins = SpectrumBatch.groupBins
    let cyclesPerBin = plan.resolution * clockOffset
    for lane in 0..<bins {
      (turn[lane], turn[bins + lane]) = Self.phasor(cycles: cyclesPerBin * Double(lane))
    }
    let step = Self.phasor(cycles: cyclesPerBin * Double(bins))
    var factor = (real: 1.0, imaginary: 0.0)
    for group in 0..<groups {
      if group.isMultiple(of: 16) {
        factor = Self.phasor(cycles: cyclesPerBin * Double(plan.firstBin + group * bins))
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
