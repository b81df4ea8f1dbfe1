import Numerics
import Testing

@Suite struct WindowTests {
  /// scipy.signal.get_window("hann", n), which is periodic by default.
  @Test func hannOfSciPy() {
    let even = [0, 0.1464466094067262, 0.5, 0.8535533905932737, 1, 0.8535533905932737, 0.5, 0.1464466094067262]
    for (value, reference) in zip(Window.hann.values(8), even) { #expect(abs(value - reference) < 1e-15) }
    let odd = [
      0, 0.1882550990706332, 0.6112604669781572, 0.9504844339512095, 0.9504844339512096, 0.6112604669781573,
      0.1882550990706333,
    ]
    for (value, reference) in zip(Window.hann.values(7), odd) { #expect(abs(value - reference) < 1e-15) }
  }

  @Test(arguments: [2, 8, 100, 4096])
  func sumsAndOverlaps(count: Int) {
    let hann = Window.hann.values(count)
    let sine = Window.sine.values(count)
    #expect(hann.count == count && sine.count == count)
    #expect(Window.rectangular.values(count) == [Double](repeating: 1, count: count))
    #expect(abs(hann.reduce(0, +) - Double(count) / 2) < 1e-13 * Double(count))
    for n in 0..<count / 2 {
      #expect(abs(hann[n] + hann[n + count / 2] - 1) < 1e-15)
      #expect(abs(sine[n] * sine[n] + sine[n + count / 2] * sine[n + count / 2] - 1) < 1e-15)
      #expect(n == 0 || (hann[n] == hann[count - n] && sine[n] == sine[count - n]))
    }
  }

  @Test func noValues() {
    for window in Window.allCases { #expect(window.values(0).isEmpty) }
  }
}
