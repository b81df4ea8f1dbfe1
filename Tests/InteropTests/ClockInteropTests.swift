import Foundation
import Inference
import Numerics
import Testing

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing {
    print("SKIPPED: allantools and astropy are not asked about clocks: python3 is not installed")
  }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("allantools and astropy agree on clocks", .enabled(if: canRun))
struct ClockInteropTests {
  /// Portable noise, which Python makes to the last bit too.
  private static let noise = """
    def noise(count, x):
        values = []
        for _ in range(count):
            total = 0
            for _ in range(12):
                x = (1664525 * x + 1013904223) % 2**32
                total += x
            values.append(total / 2**32 - 6)
        return numpy.array(values)
    """

  @Test("deviations of a gap-free record to 1e-9")
  func deviations() throws {
    let seen = try PythonEnvironment.json(
      """
      import json, numpy, allantools
      \(Self.noise)
      y = noise(3000, 5)
      y = 1e-15 * (y + 0.1 * numpy.cumsum(y))
      names = {"adev": "adev", "oadev": "oadev", "mdev": "mdev", "tdev": "tdev", "hdev": "hdev", "ohdev": "ohdev",
               "totdev": "totdev"}
      print(json.dumps({ours: getattr(allantools, theirs)(y, rate=0.1, data_type="freq", taus=[10, 30, 70, 640])[1].tolist()
                        for ours, theirs in names.items()}))
      """, [])
    var total = 0.0
    let values = PortableNoise(seed: 5).prefix(3000).map { deviate in
      total += deviate
      return 1e-15 * (deviate + 0.1 * total)
    }
    let analysis = try AllanAnalysis(values: values, interval: 10, noise: .randomWalk)
    for statistic in AllanStatistic.allCases {
      let expected = try #require(seen[statistic.rawValue] as? [Double])
      let found = try analysis.estimates(statistic, factors: [1, 3, 7, 64])
      #expect(found.count == 4 && expected.count == 4)
      for (estimate, deviation) in zip(found, expected) {
        #expect(abs(estimate.deviation / deviation - 1) < 1e-9, "\(statistic.name) \(estimate.factor)")
      }
    }
  }

  @Test("powers of astropy's floating-mean periodogram to 1e-9, with gaps and unequal errors")
  func periodogram() throws {
    let deviates = Array(PortableNoise(seed: 9).prefix(800))
    let kept = (0..<400).filter { ($0 / 37) % 3 != 1 }
    for isOnLattice in [true, false] {
      let times = kept.map { 10 * Double($0) + (isOnLattice ? 0 : deviates[$0]) }
      let sigmas = kept.map { 1 + 0.1 * deviates[400 + $0] }
      let values = kept.map { 3 + deviates[$0] + 0.5 * sin(0.02 * Double($0)) }
      let series = try ClockSeries(times: times, values: values, sigmas: sigmas, interval: 10)
      let spectrum = try SinusoidSearch(
        [SearchedClock(series)], options: SearchOptions(highestFrequency: isOnLattice ? 0.0499 : 0.07)
      ).run()
      let frequencies = (0..<spectrum.count).map(spectrum.frequency)
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try JSONEncoder().encode([times, values, sigmas, frequencies]).write(to: folder)
      defer { try? FileManager.default.removeItem(at: folder) }
      let seen = try PythonEnvironment.json(
        """
        import json, sys, numpy
        from astropy.timeseries import LombScargle
        t, y, s, f = [numpy.array(column) for column in json.load(open(sys.argv[1]))]
        print(json.dumps({"power": LombScargle(t - t.mean(), y, s, fit_mean=True).power(f, method="cython",
                                                                                       normalization="psd").tolist()}))
        """, [folder.path])
      let powers = try #require(seen["power"] as? [Double])
      #expect(powers.count == spectrum.count && spectrum.count > 900)
      for (index, power) in powers.enumerated() {
        #expect(abs(spectrum[index].power - power) < 1e-9 * (1 + power), "\(frequencies[index]) Hz")
      }
    }
  }
}
