import Glibc
import Inference
import Numerics

/// The data of the physics page clock, section 7, and small campaigns with gaps.
enum ClockFixtures {
  /// (a).
  static let times: [Double] = [0, 10, 20, 30, 50, 60, 70, 110, 120, 130]
  static let values = [1, -0.5, 0.25, 2, -1, 0.75, 0, 1.5, -0.25, 0.5]
  static let sigmas = [1, 1, 2, 1, 1, 0.5, 1, 1, 2, 1]

  /// (b), NaN where there is a gap.
  static func testVector() -> [Double] {
    let (interval, amplitude, frequency) = (100.0, 3e-16, 1.2345e-5)
    let width = .pi * frequency * interval
    return PortableNoise(seed: 12345).prefix(6000).enumerated().map { k, deviate in
      guard k % 97 < 61, (k / 1000) % 3 != 1 else { return .nan }
      let time = (Double(k) + 0.5) * interval
      return amplitude * sin(width) / width * cos(2 * .pi * frequency * time + 0.7) + 1e-15 * deviate
    }
  }

  /// Readings where there are some.
  static func series(_ values: [Double], interval: Double, origin: Double = 0, sigma: Double) throws -> ClockSeries {
    let present = values.indices.filter { !values[$0].isNaN }
    return try ClockSeries(
      times: present.map { (Double($0) + 0.5) * interval - origin }, values: present.map { values[$0] },
      sigmas: present.map { _ in sigma }, interval: interval)
  }

  /// Places of a lattice that are alive: days of 24 with runs of bad ones, and short interruptions.
  static func alive(count: Int, seed: UInt32) -> [Bool] {
    var noise = PortableNoise(seed: seed)
    var isUp = true
    return (0..<count).map { index in
      if index % 24 == 0 { isUp = (noise.next() ?? 0) > 0.2 }
      return isUp && (noise.next() ?? 0) > -1.5
    }
  }

  static func deviates(_ count: Int, key: UInt64) -> [Double] {
    let buffer = AlignedBuffer(count: count)
    NormalDeviates.fillWhite(buffer.buffer, firstSample: 0, key: key, scale: 1)
    return Array(buffer.buffer)
  }
}
