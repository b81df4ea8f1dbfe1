import Glibc
import Inference

/// The amplitude spectrum of the clock comparison and its envelope of 2e-17.
struct ClockAmplitudes: ReproductionItem {
  let id = "clock-spectrum"
  let title = "Clocks: amplitude spectrum of 26 months of noise"
  let source = "arXiv:2301.10784, limits on the amplitude below 2e-17"

  var experiment: String {
    ClockExperiment.text
      + " Points: the median amplitude of a band, the averaging of a reading taken out of it, against 1.1774 sigma_1 "
      + "sqrt(2/live time). The paper's 2e-17 is the envelope of the scan; a limit at a typical frequency is half of it."
  }

  func panels(_ run: ReproductionRun) throws -> [ReproducedPanel] {
    let series = try ClockExperiment(run, experiment: 900).series
    run.progress(0.3)
    let spectrum = try SinusoidSearch(
      [SearchedClock(series, averages: true)],
      options: SearchOptions(highestFrequency: ClockExperiment.highestFrequency, workers: 2)
    ).run()
    run.progress(0.8)
    let limits = spectrum.upperLimits(workers: 2)
    let edges = logarithmically(spectrum.frequency(0) * 0.999, ClockExperiment.highestFrequency * 1.001, 301)
    var (x, amplitudes, largest): ([Double], [Double], [Double]) = ([], [], [])
    var index = 0
    for edge in edges.dropFirst() {
      let first = index
      while index < spectrum.count, spectrum.frequency(index) < edge { index += 1 }
      let known = (first..<index).filter { limits[$0].isFinite }
      guard let loudest = known.max(by: { spectrum[$0].amplitude < spectrum[$1].amplitude }) else { continue }
      x.append(spectrum.frequency(loudest))
      amplitudes.append(spectrum[loudest].amplitude)
      largest.append(known.reduce(0) { max($0, limits[$1]) })
    }
    let points = zip(Self.bands, Self.bands.dropFirst()).map { point(spectrum, series, from: $0, to: $1) }
    run.progress(1)
    return [
      ReproducedPanel(
        title: "Least-squares amplitudes", xLabel: "frequency [Hz]", yLabel: "amplitude", xIsLogarithmic: true,
        yIsLogarithmic: true,
        curves: [
          ReproducedCurve(label: "largest amplitude", x: x, y: amplitudes),
          ReproducedCurve(label: "largest $A$_{95}", x: x, y: largest),
          ReproducedCurve(label: "median amplitude", x: [], y: [], points: points),
          ReproducedCurve(
            label: "paper's envelope, 2e-17", x: [1 / ClockExperiment.span, ClockExperiment.highestFrequency],
            y: [ClockExperiment.envelope, ClockExperiment.envelope], isReference: true),
        ])
    ]
  }

  /// Hz.
  private static let bands = logarithmically(1e-6, 5e-3, 8)

  private func point(
    _ spectrum: SinusoidSpectrum, _ series: ClockSeries, from lowest: Double, to highest: Double
  ) -> MeasuredPoint {
    let sorted = (0..<spectrum.count).filter { (lowest..<highest).contains(spectrum.frequency($0)) }
      .map { index in
        let x = Double.pi * spectrum.frequency(index) * series.interval
        return spectrum[index].amplitude * sin(x) / x
      }.sorted()
    let sigma = ClockExperiment.deviation * (2 / series.liveTime).squareRoot()
    // Neighbours are alike over the gaps' window, whose mean square is the inverse live time.
    let independent = (highest - lowest) * series.liveTime
    return MeasuredPoint(
      x: (lowest * highest).squareRoot(), value: sorted[sorted.count / 2],
      error: sigma / (2 * M_LN2 * independent).squareRoot(), expected: sigma * (2 * M_LN2).squareRoot())
  }

  func landmarks() throws -> [Landmark] {
    let sigma = ClockExperiment.deviation * (2 / ClockExperiment.liveTime).squareRoot()
    let threshold = GlobalThreshold(
      band: ClockExperiment.highestFrequency, timeVariance: ClockExperiment.span * ClockExperiment.span / 12)
    let power = try threshold.power(falseAlarmProbability: 0.05)
    func exact(_ name: String, _ computed: Double, _ published: Double) -> Landmark {
      Landmark(name, computed: computed, published: published, tolerance: 1e-8 * published)
    }
    return [
      exact("sigma_A for 1.0e-14 and 235 d", sigma, 3.13851490481e-18),
      exact(
        "typical A_95, at the median amplitude",
        sigma * AmplitudeLimit.bayes.value(amplitude: (2 * M_LN2).squareRoot()), 9.68752693e-18),
      exact("W, how often the search looks elsewhere", threshold.effectiveNumber, 349_848.795),
      exact("power with 5 % false alarms anywhere", power, 17.1566450473),
      exact("largest noise peak, 5 %", sigma * (2 * power).squareRoot(), 1.8384650426e-17),
    ]
  }
}
