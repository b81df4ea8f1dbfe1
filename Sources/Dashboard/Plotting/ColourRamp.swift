import Foundation

/// Colours from dark to bright for values from low to high, even in lightness and readable by the colour-blind (viridis).
enum ColourRamp {
  private static let stops: [SIMD3<Double>] = [
    0x440154, 0x482475, 0x414487, 0x355f8d, 0x2a788e, 0x21918c, 0x22a884, 0x44bf70, 0x7ad151, 0xbddf26, 0xfde725,
  ].map { (hexadecimal: Int) in
    SIMD3(Double(hexadecimal >> 16), Double(hexadecimal >> 8 & 0xff), Double(hexadecimal & 0xff))
  }

  /// "#rrggbb" of a share from 0 to 1.
  static func hexadecimal(_ share: Double) -> String {
    let position = min(max(share, 0), 1) * Double(stops.count - 1)
    let index = min(Int(position), stops.count - 2)
    let colour = stops[index] + (position - Double(index)) * (stops[index + 1] - stops[index])
    return "#" + (0..<3).map { String(format: "%02x", Int(colour[$0].rounded())) }.joined()
  }

  /// Whether white text reads better on it than black.
  static func isDark(_ share: Double) -> Bool { share < 0.6 }
}
