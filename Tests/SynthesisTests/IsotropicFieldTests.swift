import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

@Suite("Isotropic fields by the covariance factor")
struct IsotropicFieldTests {
  @Test("a site alone: sqrt(2 Δf A/3) times the deviates of the stated counters")
  func randomNumbers() throws {
    let field = try makeField(seed: 1, sites: [places[0]], site: 0)
    #expect(field.firstBin == 20 && field.binCount == 61)
    var real = [Double](repeating: 0, count: 3 * field.binCount)
    var imaginary = real
    for block in [Int64(-3), 0, 5] {
      field.fill(block: block, real: &real, imaginary: &imaginary)
      let key = Philox.derive(1, tag: 0x4348_4F4C, a: block, b: 0)
      for k in [0, 1, 7, 60] {
        let frequency = Double(20 + k) / 2
        let scale = (2 * 0.5 * mixture.density(at: frequency) / 3).squareRoot()
        for component in 0..<3 {
          let g = NormalDeviates.four(SIMD4(UInt32(k), UInt32(component), 0, 0x534B_5943), key: key)
          // The 1e-12 on the diagonal of the covariance changes the amplitude by 5e-13.
          #expect(abs(real[component * 61 + k] - scale * g[0] / 2.0.squareRoot()) < 1e-11)
          #expect(abs(imaginary[component * 61 + k] - scale * g[1] / 2.0.squareRoot()) < 1e-11)
        }
      }
    }
  }

  @Test("a site appended to the list, or another order of building, changes no bit")
  func appendedSite() throws {
    func samples(_ sites: [Site], _ site: Int) throws -> [Double] {
      render(OverlappedBlocks(try makeField(sites: sites, site: site), blockLength: 256), -50, 700)
    }
    let alone = try (0..<3).map { try samples(Array(places[...$0]), $0) }
    let together = try [2, 0, 1].map { try samples(places, $0) }
    #expect(together[1] == alone[0] && together[2] == alone[1] && together[0] == alone[2])
  }

  @Test("a channel's samples do not depend on the node's other channels, and are linear in its direction")
  func directions() throws {
    let all = render(OverlappedBlocks(try makeField(site: 2), blockLength: 256), 0, 300)
    let second = render(OverlappedBlocks(try makeField(site: 2, directions: [earthAxes[1]]), blockLength: 256), 0, 300)
    #expect(Array(all[300..<600]) == second)
    let oblique = SIMD3(2 / 7.0, 3 / 7.0, 6 / 7.0)
    let mixed = render(OverlappedBlocks(try makeField(site: 2, directions: [oblique]), blockLength: 256), 0, 300)
    for j in 0..<300 {
      let sum = oblique.x * all[j] + oblique.y * all[300 + j] + oblique.z * all[600 + j]
      #expect(abs(mixed[j] - sum) < 1e-13 * 10)
    }
  }

  @Test("signals and seeds are independent draws")
  func independence() throws {
    let base = render(OverlappedBlocks(try makeField(site: 0), blockLength: 256), 0, 20_000)
    for other in [try makeField(signalIndex: 1, site: 0), try makeField(seed: 20_260_712, site: 0)] {
      let values = render(OverlappedBlocks(other, blockLength: 256), 0, 20_000)
      let product = zip(base, values).reduce(0.0) { $0 + $1.0 * $1.1 }
      let correlation = product / (Double(base.count) * rms(base) * rms(values))
      // 3 x 157 s x 30 Hz x 2 = 28 000 degrees of freedom: 0.006.
      #expect(abs(correlation) < 0.03)
    }
  }

  @Test("sites closer than the wavelength by any factor have a factor", arguments: [0.1, 1, 10, 60])
  func closeSites(lowest: Double) throws {
    let sites = (0..<8).map { Site(latitude: 47 + pow(10, -Double($0)), longitude: 8) }
    var background = mixture
    background.restFrequency = 0
    background.lowestFrequency = lowest
    background.highestFrequency = lowest * 1.6
    background.longitudinalFraction = 0
    background.chirality = 1
    let field = try makeField(background, block: 20_000_000_000, sites: sites, site: 7, limit: 1000)
    var real = [Double](repeating: 0, count: 3 * field.binCount)
    var imaginary = real
    var power = 0.0
    for block in 0..<Int64(3000 / field.binCount + 1) {
      field.fill(block: block, real: &real, imaginary: &imaginary)
      for k in 0..<field.binCount {
        let frequency = Double(field.firstBin + k) / 20
        for c in 0..<3 {
          let index = c * field.binCount + k
          power +=
            (real[index] * real[index] + imaginary[index] * imaginary[index])
            / (2 / 20.0 * background.density(at: frequency) / 3)
        }
      }
    }
    let count = Double((3000 / field.binCount + 1) * field.binCount * 3)
    #expect(abs(power / count - 1) < 5 / count.squareRoot())
  }

  @Test("what is refused")
  func errors() throws {
    #expect(throws: SynthesisError.emptyBand(lowest: 10.1, highest: 10.4, nanoseconds: 2_000_000_000)) {
      var background = mixture
      (background.lowestFrequency, background.highestFrequency) = (10.1, 10.4)
      _ = try makeField(background, site: 0)
    }
    #expect(throws: SynthesisError.badSignal(index: 3, reason: .tooChiral(chirality: 2, longitudinalFraction: 0.2))) {
      var background = mixture
      background.chirality = 2
      _ = try makeField(background, signalIndex: 3, site: 0)
    }
    #expect(throws: SynthesisError.self) {
      _ = try makeField(sites: [Site(latitude: .nan, longitude: 0)], site: 0)
    }
  }
}
