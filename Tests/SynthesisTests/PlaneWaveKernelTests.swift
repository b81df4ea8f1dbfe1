import CKernels
import Glibc
import Numerics
import Testing

/// The sums of plane waves against cosines and sines of every term, on every instruction set of this machine.
@Suite("Kernel of plane waves")
struct PlaneWaveKernelTests {
  /// More than a block of 128 waves, and part of a block.
  private static let count = 200
  private static let phase = [3e4, -2e4, 1e4, 0.3]
  private static let slope = [11.0, -7, 5, 2e-3]
  private static let centre: Int64 = -987_654_321_012_345

  private struct Waves {
    var rate: UnsafeMutablePointer<UInt64>
    let storage: AlignedBuffer
    let rates: AlignedBuffer
    var velocity: UnsafeMutablePointer<Double> { storage.pointer }
    var amplitude: UnsafeMutablePointer<Double> { storage.pointer + 3 * count }

    init() {
      storage = AlignedBuffer(count: 9 * count)
      NormalDeviates.fillWhite(storage.buffer, firstSample: 0, key: 3, scale: 1)
      for n in 0..<3 * count { storage.pointer[n] *= 1e-3 }
      rates = AlignedBuffer(count: count)
      rate = UnsafeMutableRawPointer(rates.pointer).bindMemory(to: UInt64.self, capacity: count)
      // A few hundredths of a turn either way.
      for n in 0..<count {
        let turns = 0.06 * sin(Double(n * n))
        rate[n] = UInt64(bitPattern: Int64(turns * 0x1p64))
      }
    }

    func sums(isa: Int32, pairs: Int) -> [Double] {
      var list = gnomon_wave_list(count: count, rate: rate, velocity: velocity, amplitude: amplitude)
      var sums = [Double](repeating: 0, count: max(pairs, 1) * Int(GNOMON_WAVE_SUMS))
      gnomon_plane_waves(isa, &list, centre, phase, slope, pairs, &sums)
      return sums
    }

    /// Component k of Σ A exp(-2πi turns), `halves` half steps after the centre.
    func direct(_ k: Int, halves: Int) -> ComplexNumber {
      (0..<count).reduce(ComplexNumber.zero) { sum, n in
        func along(_ frame: [Double]) -> Double {
          (0..<3).reduce(frame[3]) { $0 + frame[$1] * velocity[$1 * count + n] }
        }
        // Of the product of whole numbers the turns modulo one are the low half.
        let steady = rate[n] &* UInt64(bitPattern: centre + Int64(halves))
        let turns = Double(Int64(bitPattern: steady)) * 0x1p-64 + along(phase) + Double(halves) * along(slope)
        let amplitude = ComplexNumber(amplitude[2 * k * count + n], amplitude[(2 * k + 1) * count + n])
        return sum + amplitude * ComplexNumber(magnitude: 1, phase: -2 * .pi * (turns - turns.rounded()))
      }
    }
  }

  @Test("against direct sums", arguments: Array(0...gnomon_isa_detected()), [0, 1, 2, 7, 32])
  func directSums(isa: Int32, pairs: Int) {
    let waves = Waves()
    let sums = waves.sums(isa: isa, pairs: pairs)
    for j in 0..<max(pairs, 1) {
      for k in 0..<3 {
        let first = j * Int(GNOMON_WAVE_SUMS) + 2 * k
        let cosine = ComplexNumber(sums[first], sums[first + 1])
        let sine = ComplexNumber(sums[first + 6], sums[first + 7])
        let halves = pairs == 0 ? 0 : 2 * j + 1
        // Sixty amplitudes of one, phases of 1e4 turns x 1e-16.
        #expect((cosine + .i * sine - waves.direct(k, halves: -halves)).magnitude < 1e-9)
        #expect((cosine - .i * sine - waves.direct(k, halves: halves)).magnitude < 1e-9)
      }
    }
  }

  @Test(.enabled(if: gnomon_isa_detected() >= 2, "needs AVX-512"), arguments: [0, 5, 32])
  func fusedInstructionSetsAgreeInEveryBit(pairs: Int) {
    let waves = Waves()
    #expect(waves.sums(isa: 1, pairs: pairs) == waves.sums(isa: 2, pairs: pairs))
  }
}
