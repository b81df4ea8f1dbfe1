import CKernels
import Numerics

/// Spectra of up to `capacity` consecutive segments of all channels, as the outer-product kernel wants them.
///
/// Doubles are ordered [group of 8 bins][channel][segment][8 real parts, 8 imaginary parts]. The transform of one segment
/// writes two whole cache lines per group, and the kernel reads the segments of a channel in one stream. An odd number
/// of line pairs between groups keeps the writes of one spectrum from falling into the same cache sets.
final class SpectrumBatch {
  static let groupBins = Int(GNOMON_GROUP_BINS)
  static let groupDoubles = Int(GNOMON_GROUP_DOUBLES)

  let capacity: Int
  let channels: Int
  let groups: Int
  /// Doubles from one channel to the next.
  let channelStride: Int
  /// Doubles from one group of bins to the next.
  let groupStride: Int
  private let spectra: AlignedBuffer
  private let presence: UnsafeMutablePointer<Bool>

  init(capacity: Int, channels: Int, bins: Int) {
    self.capacity = capacity
    self.channels = channels
    groups = Self.groups(bins: bins)
    channelStride = capacity * Self.groupDoubles
    let tight = channels * channelStride / Self.groupDoubles
    groupStride = (tight | 1) * Self.groupDoubles
    spectra = AlignedBuffer(count: groups * groupStride)
    presence = .allocate(capacity: capacity * channels)
    presence.initialize(repeating: false, count: capacity * channels)
  }

  /// Groups that so many bins fill, the last one perhaps in part.
  static func groups(bins: Int) -> Int { (bins + groupBins - 1) / groupBins }

  deinit {
    presence.deallocate()
  }

  /// The first double of a segment (slot) of a channel in a group of bins.
  func pointer(group: Int, channel: Int, slot: Int) -> UnsafeMutablePointer<Double> {
    spectra.pointer + group * groupStride + channel * channelStride + slot * Self.groupDoubles
  }

  func setPresent(_ present: Bool, slot: Int, channel: Int) {
    presence[slot * channels + channel] = present
  }

  /// Which channels a segment has.
  func present(slot: Int) -> UnsafeBufferPointer<Bool> {
    UnsafeBufferPointer(start: presence + slot * channels, count: channels)
  }

  /// The end of the run of segments from `slot` on, below `end`, that have the same channels.
  func runEnd(from slot: Int, below end: Int) -> Int {
    let set = present(slot: slot)
    var next = slot + 1
    while next < end, present(slot: next).elementsEqual(set) { next += 1 }
    return next
  }

  /// Forgets all segments.
  func clear() {
    presence.update(repeating: false, count: capacity * channels)
  }
}
