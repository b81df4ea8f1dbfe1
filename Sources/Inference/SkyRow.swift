import CKernels
import Glibc
import Numerics

/// The data of one observation in units of the noise, free of any direction.
///
/// With the inverse N^-1 of the covariance without the stream, scaled by responses and shape: N^-1 = P - Sum z z†, P
/// diagonal, and N^-1 C N^-1 = Sum y y†. A direction then needs only the products of u with y and z.
struct SkyRowContent {
  var channels: [Int]
  /// Independent samples per bin.
  var weight: Double
  /// Greenwich sidereal time in rad.
  var siderealTime: Double
  var binCount: Int
  /// P, [bin][station].
  var power: [Double]
  /// y, each [bin][station].
  var columns: [[ComplexNumber]]
  /// z, each [bin][station].
  var subtracted: [[ComplexNumber]] = []

  /// The stations at some of the positions of `channels`, on their own.
  func restricted(to positions: [Int]) -> SkyRowContent {
    let size = channels.count
    func pick<Element>(_ values: [Element]) -> [Element] {
      (0..<binCount).flatMap { bin in positions.map { values[bin * size + $0] } }
    }
    return SkyRowContent(
      channels: positions.map { channels[$0] }, weight: weight, siderealTime: siderealTime, binCount: binCount,
      power: pick(power), columns: columns.map(pick), subtracted: subtracted.map(pick))
  }
}

/// `SkyRowContent` as the kernel reads it. Nothing changes after the initialiser.
final class SkyRow: @unchecked Sendable {
  let channels: [Int]
  let weight: Double
  let siderealTime: Double
  let cosine: Double
  let sine: Double
  let groups: Int
  private let binCount: Int
  private let columns: Int
  private let subtracted: Int
  private let starts: UnsafeMutablePointer<Int32>
  private let data: AlignedBuffer
  private let groupStride: Int

  private static let bins = Int(GNOMON_GROUP_BINS)

  init(_ content: SkyRowContent) {
    let stations = content.channels.count
    func first(_ column: [ComplexNumber]) -> Int {
      var first = stations
      for bin in 0..<content.binCount {
        for station in 0..<first where column[bin * stations + station] != .zero {
          first = station
          break
        }
      }
      return first
    }
    // Means over fewer segments than stations have fewer columns: those without content are left out. The kernel wants
    // one from the first station on.
    var kept = content.columns.map { ($0, first($0)) }.filter { $0.1 < stations }
    if kept.isEmpty {
      kept = [([ComplexNumber](repeating: .zero, count: content.binCount * stations), 0)]
    }
    kept[0].1 = 0
    let lost = content.subtracted.map { ($0, first($0)) }.filter { $0.1 < stations }
    let all = kept + lost
    channels = content.channels
    weight = content.weight
    siderealTime = content.siderealTime
    cosine = cos(content.siderealTime)
    sine = sin(content.siderealTime)
    binCount = content.binCount
    groups = (content.binCount + Self.bins - 1) / Self.bins
    columns = kept.count
    subtracted = lost.count
    starts = .allocate(capacity: max(1, all.count))
    for (index, column) in all.enumerated() { (starts + index).initialize(to: Int32(column.1)) }
    groupStride = Self.bins * (stations + 2 * all.reduce(0) { $0 + stations - $1.1 })
    data = AlignedBuffer(count: groups * groupStride)
    for bin in 0..<content.binCount {
      let (group, lane) = bin.quotientAndRemainder(dividingBy: Self.bins)
      var place = data.pointer + group * groupStride + lane
      for station in 0..<stations {
        place.pointee = content.power[bin * stations + station]
        place += Self.bins
      }
      for (column, start) in all {
        for station in start..<stations {
          place.pointee = column[bin * stations + station].real
          (place + Self.bins).pointee = column[bin * stations + station].imaginary
          place += 2 * Self.bins
        }
      }
    }
  }

  deinit { starts.deallocate() }

  /// What the row was made from, but for empty columns.
  var content: SkyRowContent {
    let stations = channels.count
    var power = [Double](repeating: 0, count: binCount * stations)
    var all = [[ComplexNumber]](
      repeating: [ComplexNumber](repeating: .zero, count: binCount * stations), count: columns + subtracted)
    for bin in 0..<binCount {
      let (group, lane) = bin.quotientAndRemainder(dividingBy: Self.bins)
      var place = data.pointer + group * groupStride + lane
      for station in 0..<stations {
        power[bin * stations + station] = place.pointee
        place += Self.bins
      }
      for column in all.indices {
        for station in Int(starts[column])..<stations {
          all[column][bin * stations + station] = ComplexNumber(place.pointee, (place + Self.bins).pointee)
          place += 2 * Self.bins
        }
      }
    }
    return SkyRowContent(
      channels: channels, weight: weight, siderealTime: siderealTime, binCount: binCount, power: power,
      columns: Array(all.prefix(columns)), subtracted: Array(all.suffix(subtracted)))
  }

  /// Some groups of bins of the row in the form of the kernel, which is valid as long as the row.
  ///
  /// - Parameters:
  ///   - range: numbers of groups; the first is a multiple of the anchor.
  ///   - wavenumbers: of all bins, padded to whole groups.
  func kernelRow(_ range: Range<Int>, _ wavenumbers: SkyWavenumbers) -> gnomon_sky_row {
    gnomon_sky_row(
      stations: channels.count, groups: range.count, columns: columns, subtracted: subtracted,
      starts: UnsafePointer(starts),
      wavenumbers: UnsafePointer(wavenumbers.values.pointer + range.lowerBound * Self.bins), step: wavenumbers.step,
      anchor: wavenumbers.anchor, data: UnsafePointer(data.pointer + range.lowerBound * groupStride),
      group_stride: groupStride)
  }
}

/// The wavenumbers of all bins and how phases follow from one bin to the next.
struct SkyWavenumbers: Sendable {
  /// Groups of bins that are gone through at a time: their data stay in the cache from one direction to the next.
  static let block = 32

  let values: AlignedBuffer
  let bins: [Double]
  /// rad/m from one bin to the next; 0 when the steps are not equal.
  let step: Double
  /// Groups from one exact phase to the next.
  let anchor: Int

  /// - Parameter bins: |p| of each bin in rad/m.
  init(_ bins: [Double]) {
    self.bins = bins
    let size = Int(GNOMON_GROUP_BINS)
    values = AlignedBuffer(count: (bins.count + size - 1) / size * size)
    for (index, value) in bins.enumerated() { values.pointer[index] = value }
    let span = (bins.last ?? 0) - (bins.first ?? 0)
    let step = bins.count > 1 ? span / Double(bins.count - 1) : 0
    // Equal to the rounding of the wavenumbers themselves.
    let tolerance = 4 * (bins.map(abs).max() ?? 0) * Double.ulpOfOne
    let isUniform =
      bins.count > size && bins.indices.allSatisfy { abs(bins[$0] - bins[0] - Double($0) * step) <= tolerance }
    self.step = isUniform ? step : 0
    // Each turn adds about one unit in the last place.
    anchor = isUniform ? Self.block : 1
  }
}
