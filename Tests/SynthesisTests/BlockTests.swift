import DarkMatter
import Glibc
import Numerics
import Sky
import Synthesis
import Testing

@Suite("Blocks: random access, rates, instants off the grid")
struct BlockTests {
  @Test("rendering equals the sums of section 9.4")
  func directSums() throws {
    let field = try makeField(site: 1)
    let values = render(OverlappedBlocks(field, blockLength: 256), -400, 1000)
    for j in stride(from: 0, to: 1000, by: 37) {
      let expected = directSum(field, blockSeconds: 2, at: Double(j - 400) / 128)
      for c in 0..<3 { #expect(abs(values[c * 1000 + j] - expected[c]) < 1e-12) }
    }
  }

  @Test("any partition of the ranges, in any order, gives the same bits")
  func partitions() throws {
    let field = try makeField(site: 2)
    let whole = render(OverlappedBlocks(field, blockLength: 256), -1000, 3000)
    let other = OverlappedBlocks(field, blockLength: 256)
    // Cuts from a linear congruential sequence, visited from both ends.
    var cuts = [0]
    var state = 12345
    while let last = cuts.last, last < 3000 {
      state = (state * 1_103_515_245 + 12345) % 2_147_483_648
      cuts.append(min(3000, last + 1 + state % 200))
    }
    let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    for range in ranges.reversed() + ranges {
      let part = render(other, Int64(range.lowerBound - 1000), range.count)
      for c in 0..<3 {
        #expect(
          part[c * range.count..<(c + 1) * range.count].elementsEqual(
            whole[c * 3000 + range.lowerBound..<c * 3000 + range.upperBound]))
      }
    }
  }

  @Test("two rates see one field")
  func rates() throws {
    let fast = render(OverlappedBlocks(try makeField(site: 3, limit: 256), blockLength: 1024), -1024, 4096)
    let slow = render(OverlappedBlocks(try makeField(site: 3, limit: 128), blockLength: 512), -512, 2048)
    let scale = rms(fast)
    for c in 0..<3 {
      for j in 0..<2048 { #expect(abs(fast[c * 4096 + 2 * j] - slow[c * 2048 + j]) < 1e-12 * scale) }
    }
  }

  @Test("bins at and above half the rate are left out, the others keep their amplitudes")
  func antiAlias() throws {
    let all = try makeField(site: 1)
    let low = try makeField(site: 1, limit: 16)
    #expect(all.binCount == 61 && low.binCount == 12)
    var (a, b) = ([Double](repeating: 0, count: 183), [Double](repeating: 0, count: 183))
    var (c, d) = ([Double](repeating: 0, count: 36), [Double](repeating: 0, count: 36))
    all.fill(block: 4, real: &a, imaginary: &b)
    low.fill(block: 4, real: &c, imaginary: &d)
    for channel in 0..<3 {
      for k in 0..<12 {
        #expect(a[channel * 61 + k] == c[channel * 12 + k] && b[channel * 61 + k] == d[channel * 12 + k])
      }
    }
  }

  @Test("a constant fraction of a sample by phase and window equals the sums at the true instants")
  func fraction() throws {
    let fraction = 0.37
    let delay = fraction / 128
    let observer = FieldObserver(
      seed: 20_260_711, epoch: GPSTime(nanoseconds: 0), blockNanoseconds: 2_000_000_000, duration: 3_600_000_000_000,
      sites: places, siteIndex: 0,
      sampleRate: SampleRate(128), offset: delay,
      readout: .init(basis: earthAxes, channelCount: 3) { $0 == $1 && $2 > 0 ? .one : .zero })
    let shifted = try #require(try FieldModel.isotropic(mixture).rendered(signalIndex: 0, observer: observer))
    var values = [Double](repeating: 0, count: 1800)
    shifted.add(firstSample: -300, count: 600, displacements: nil, to: &values, channelStride: 600)
    let field = try makeField(site: 0)
    for j in stride(from: 0, to: 600, by: 11) {
      let expected = directSum(field, blockSeconds: 2, at: Double(j - 300) / 128 + delay)
      for c in 0..<3 { #expect(abs(values[c * 600 + j] - expected[c]) < 1e-12) }
    }
  }

  @Test("wandering instants: interpolation against the exact sums, across block boundaries and far off")
  func wandering() throws {
    let field = try makeField(site: 1)
    let blocks = InterpolatedBlocks(field, blockLength: 256, interval: 1 / 128.0)
    let count = 800
    let displacements = (0..<count).map { (n: Int) -> Double in
      let step = n > 400 ? -7.31 : 0.0
      return 0.003 * sin(Double(n) * 1.7) + 1e-5 * Double(n) + step
    }
    var values = [Double](repeating: 0, count: 3 * count)
    blocks.add(firstSample: -200, count: count, displacements: displacements, to: &values, channelStride: count)
    let scale = rms(values)
    var worst = 0.0
    for j in 0..<count {
      let expected = directSum(field, blockSeconds: 2, at: Double(j - 200) / 128 + displacements[j])
      for c in 0..<3 { worst = max(worst, abs(values[c * count + j] - expected[c])) }
    }
    // Section 9.5: 2.4e-9 of the highest frequency's amplitude.
    #expect(worst < 5e-9 * scale)
    #expect(worst > 0)

    // The same samples one by one.
    let again = InterpolatedBlocks(field, blockLength: 256, interval: 1 / 128.0)
    for j in stride(from: count - 1, through: 0, by: -7) {
      var one = [0.0, 0, 0]
      again.add(
        firstSample: Int64(j - 200), count: 1, displacements: [displacements[j]], to: &one, channelStride: 1)
      #expect(one == [values[j], values[count + j], values[2 * count + j]])
    }
  }

  @Test("coloured noise: power in every bin, independent blocks and components")
  func colouredNoise() {
    let powers = (0..<30).map { 1 / Double($0 + 2) }
    let noise = ColouredNoise(noiseKey: 99, component: 0, firstBin: 2, powers: powers)
    let other = ColouredNoise(noiseKey: 99, component: 1, firstBin: 2, powers: powers)
    var (real, imaginary) = ([Double](repeating: 0, count: 30), [Double](repeating: 0, count: 30))
    var (otherReal, otherImaginary) = (real, imaginary)
    var ratio = 0.0
    var cross = 0.0
    let blocks = 2000
    for block in 0..<blocks {
      noise.fill(block: Int64(block), real: &real, imaginary: &imaginary)
      other.fill(block: Int64(block), real: &otherReal, imaginary: &otherImaginary)
      for k in 0..<30 {
        ratio += (real[k] * real[k] + imaginary[k] * imaginary[k]) / (2 * powers[k])
        cross += (real[k] * otherReal[k] + imaginary[k] * otherImaginary[k]) / (2 * powers[k])
      }
    }
    // 60 000 exponential deviates: 0.4 %.
    #expect(abs(ratio / Double(30 * blocks) - 1) < 0.02)
    #expect(abs(cross / Double(30 * blocks)) < 0.015)
    // The key chain of section 9.1, from the physics page: seed 1, node berkeley-1, channel 0.
    let keyed = ColouredNoise(noiseKey: 8_244_311_042_909_134_531, component: 0, firstBin: 2, powers: [0.5])
    keyed.fill(block: -1, real: &real, imaginary: &imaginary)
    let key = Philox.derive(8_244_311_042_909_134_531, tag: 0x424C_4F43, a: -1, b: 0)
    let g = NormalDeviates.four(SIMD4(0, 0, 0, 0x534B_5943), key: key)
    #expect(abs(real[0] - g[0] / 2.0.squareRoot()) < 1e-15 && abs(imaginary[0] - g[1] / 2.0.squareRoot()) < 1e-15)
  }
}
