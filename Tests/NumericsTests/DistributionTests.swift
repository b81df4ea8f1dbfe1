import Glibc
import Numerics
import Testing

/// References from mpmath at 40 digits: erfc, its bisection, and gammainc(k/2, x/2, inf, regularized=True).
@Suite struct DistributionTests {
  @Test(
    arguments: [
      (-3, 0.99865010196836991), (0, 0.5), (0.5, 0.3085375387259869), (1, 0.15865525393145705),
      (3, 0.0013498980316300945), (5, 2.8665157187919391e-7), (10, 7.6198530241605261e-24),
      (20, 2.7536241186062337e-89), (37, 5.7255712225245768e-300),
    ] as [(Double, Double)])
  func normalTails(x: Double, probability: Double) {
    // The argument of erfc is rounded, which x^2 magnifies.
    #expect(abs(normalSurvival(x) / probability - 1) < 2e-15 + 2e-16 * x * x)
  }

  @Test(
    arguments: [
      (1e-300, -37.047096299361199), (1e-100, -21.273453560965324), (1e-20, -9.2623400897984076),
      (2.866515718791939e-07, -5.0), (0.001, -3.0902323061678135), (0.02425, -1.9729610513118848),
      (0.3, -0.52440051270804082), (0.5000001, 2.5066282733116483e-7), (0.9, 1.2815515655446006),
      (0.975, 1.9599639845400539), (0.9999, 3.7190164854557084),
    ] as [(Double, Double)])
  func normalQuantiles(probability: Double, quantile: Double) {
    #expect(abs(normalQuantile(probability) / quantile - 1) < 2e-15)
  }

  @Test func normalQuantileAtTheEdges() {
    #expect(normalQuantile(0.5) == 0)
    #expect(normalQuantile(0) == -.infinity && normalQuantile(1) == .infinity)
    #expect(normalQuantile(-0.1).isNaN && normalQuantile(1.1).isNaN && normalQuantile(.nan).isNaN)
    for p in [1e-12, 0.0749, 0.0751, 0.2, 0.6, 0.95] {
      #expect(abs(normalSurvival(-normalQuantile(p)) / p - 1) < 2e-14)
    }
  }

  @Test(
    arguments: [
      (1, 0.001, 0.97477287936996039), (1, 1.5, 0.22067136191984679), (1, 30, 4.3204630578274973e-8),
      (2, 1400, 9.8596765437597709e-305), (3, 7.8, 0.050331097859853355), (5, 200, 2.8406228986415317e-41),
      (7.5, 2.25, 0.96066137328012938), (10, 10, 0.44049328506521241), (30, 12, 0.99859964616663811),
      (30, 31, 0.41540711014779169), (31, 33, 0.36953479455512816), (100, 400, 1.6927979958857088e-37),
      (1000, 1000, 0.49405285382923964), (1000, 1300, 3.8897364994868525e-10), (1e5, 1e5, 0.49940529189520669),
      (1e5, 1.03e5, 1.5289130117302352e-11), (1e6, 9.99e5, 0.76017673145987281), (1e6, 1.01e6, 9.0685288232620769e-13),
    ] as [(Double, Double, Double)])
  func chiSquaredTails(degreesOfFreedom: Double, x: Double, probability: Double) {
    let value = chiSquaredSurvival(x, degreesOfFreedom: degreesOfFreedom)
    #expect(abs(value / probability - 1) < 2e-13, "relative error \(value / probability - 1)")
  }

  @Test func chiSquaredAtTheEdges() {
    #expect(chiSquaredSurvival(0, degreesOfFreedom: 3) == 1)
    #expect(chiSquaredSurvival(-1, degreesOfFreedom: 3) == 1)
    #expect(chiSquaredSurvival(.infinity, degreesOfFreedom: 3) == 0)
    #expect(chiSquaredSurvival(.nan, degreesOfFreedom: 3).isNaN)
    #expect(chiSquaredSurvival(1, degreesOfFreedom: 0).isNaN)
  }
}
