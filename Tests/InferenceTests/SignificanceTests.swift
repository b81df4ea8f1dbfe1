import Inference
import Testing

@Suite struct SignificanceTests {
  // scipy.stats.chi2.logsf(x, degrees of freedom)
  @Test(arguments: [
    (1, 0.3, -0.5380556507217006), (1, 4.0, -3.090037153122083), (1, 25.0, -14.371851213428782),
    (1, 300.0, -153.08098859174726), (2, 25.0, -12.5), (3, 0.3, -0.040792327973980635), (3, 4.0, -1.3414581752525623),
    (3, 25.0, -11.078516741148672), (3, 300.0, -147.37058329054312), (4, 0.3, -0.010238057624841305),
    (4, 25.0, -9.897310314555616),
  ])
  func chiSquaredTail(degrees: Int, x: Double, expected: Double) {
    let value = Significance.logChiSquaredSurvival(x, degreesOfFreedom: degrees)
    #expect(abs(value - expected) < 1e-11 * max(1, abs(expected)))
  }

  @Test func normalTail() {
    // scipy.stats.norm.logsf
    #expect(abs(Significance.logNormalSurvival(8) + 35.01343715991456) < 1e-12)
    #expect(abs(Significance.logNormalSurvival(40) + 804.6084420137539) < 1e-10)
    // The two formulas meet.
    #expect(
      abs(Significance.logNormalSurvival(25) - Significance.logNormalSurvival(25.000001) - 2.504e-5) < 1e-7)
  }

  // Roots of scipy.stats.norm.logsf
  @Test(arguments: [(-1.0, 0.33747496376420244), (-20, 5.879209356485346), (-1000, 44.615747731969385), (-0.1, 0)])
  func equivalentSigma(logProbability: Double, expected: Double) {
    #expect(abs(Significance.equivalentSigma(logProbability: logProbability) - expected) < 1e-11)
  }
}
