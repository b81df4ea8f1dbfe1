import CKernels
import Foundation
import Numerics
import Testing

@Suite("Kernel of sky maps")
struct SkyKernelTests {
  @Test("every instruction set gives what plain complex sums give", arguments: [1, 2], [false, true])
  func project(polarizations: Int, isUniform: Bool) throws {
    let (stations, groups, columns, subtracted) = (5, 70, 3, 2)
    let bins = 8 * groups
    let starts: [Int32] = [0, 1, 3, 0, 2]
    var normal = NormalStream(key: 12)
    // Phases up to 2e5 rad.
    let wavenumbers = AlignedBuffer(count: bins)
    for bin in 0..<bins {
      wavenumbers.pointer[bin] = 0.02 + 1e-6 * Double(bin) + (isUniform ? 0 : 1e-9 * Double(bin * bin))
    }
    let delays = [1e7, -3.3e6, 0, 12.5, 6.4e6]
    let gains = (0..<polarizations * stations).map { $0 == 3 ? 0 : normal.next() }
    let lengths = starts.map { stations - Int($0) }
    let stride = 8 * (stations + 2 * lengths.reduce(0, +))
    let data = AlignedBuffer(count: groups * stride)
    for index in 0..<data.count { data.pointer[index] = 0.1 * normal.next() }
    // P is large enough for what is subtracted.
    for group in 0..<groups {
      for index in 0..<8 * stations { data.pointer[group * stride + index] = 2 + normal.next() / 4 }
    }

    var expected: [[(g: Double, s: Double)]] = []
    for bin in 0..<bins {
      let base = data.pointer + bin / 8 * stride + bin % 8
      let u = (0..<polarizations).map { m in
        (0..<stations).map {
          ComplexNumber(magnitude: gains[m * stations + $0], phase: wavenumbers.pointer[bin] * delays[$0])
        }
      }
      var g = ComplexMatrix(rows: polarizations, columns: polarizations)
      var s = g
      for a in 0..<polarizations {
        for b in 0..<polarizations {
          for i in 0..<stations { s[a, b] += base[8 * i] * (u[a][i].conjugate * u[b][i]) }
        }
      }
      var place = 8 * stations
      for (column, start) in starts.enumerated() {
        var q = [ComplexNumber](repeating: .zero, count: polarizations)
        for i in Int(start)..<stations {
          for m in 0..<polarizations { q[m] += u[m][i].conjugate * ComplexNumber(base[place], base[place + 8]) }
          place += 16
        }
        for a in 0..<polarizations {
          for b in 0..<polarizations {
            if column < columns { g[a, b] += q[a] * q[b].conjugate } else { s[a, b] -= q[a] * q[b].conjugate }
          }
        }
      }
      let system = try HermitianEigensystem(of: s)
      let turned = system.vectors.adjoint * g * system.vectors
      // The kernel begins with the larger one.
      expected.append((0..<polarizations).reversed().map { (turned[$0, $0].real, system.values[$0]) })
    }

    let workspace = AlignedBuffer(count: 72 * stations)
    let output = AlignedBuffer(count: groups * polarizations * 16)
    for isa in 0...gnomon_isa_detected() {
      starts.withUnsafeBufferPointer { starts in
        var row = gnomon_sky_row(
          stations: stations, groups: groups, columns: columns, subtracted: subtracted, starts: starts.baseAddress,
          wavenumbers: UnsafePointer(wavenumbers.pointer), step: isUniform ? 1e-6 : 0, anchor: isUniform ? 32 : 1,
          data: UnsafePointer(data.pointer), group_stride: stride)
        gnomon_sky_project(isa, &row, Int32(polarizations), delays, gains, workspace.pointer, output.pointer)
      }
      var worst = 0.0
      var (logarithms, gradient, information) = (0.0, 0.0, 0.0)
      for bin in 0..<bins {
        for m in 0..<polarizations {
          let place = output.pointer + (bin / 8 * polarizations + m) * 16 + bin % 8
          worst = max(worst, abs(place[0] - expected[bin][m].g), abs(place[8] - expected[bin][m].s))
          let t = 1 / (1 + 0.7 * place[8])
          logarithms += 0.7 * place[0] * t + log(t)
          gradient += (place[0] * t - place[8]) * t
          information += place[8] * t * place[8] * t
        }
      }
      // The phases themselves are known to 2e5 rad x 1e-16.
      #expect(worst < 1e-9, "instruction set \(isa)")
      var sums = [0.0, 0, 0]
      gnomon_sky_amplitude(isa, output.pointer, groups * polarizations, 0.7, &sums)
      #expect(abs(sums[0] - logarithms) < 1e-11 * Double(bins))
      #expect(abs(sums[1] - gradient) < 1e-11 * Double(bins))
      #expect(abs(sums[2] / information - 1) < 1e-12)
    }
  }

  @Test("logarithms survive factors from 1 to beyond what a product of them could hold")
  func range() {
    let groups = 40
    let components = AlignedBuffer(count: 16 * groups)
    var expected = 0.0
    for bin in 0..<8 * groups {
      let s = pow(10, Double(bin % 61) * 5 - 20)
      components.pointer[bin / 8 * 16 + 8 + bin % 8] = s
      expected -= log1p(s)
    }
    var sums = [0.0, 0, 0]
    gnomon_sky_amplitude(gnomon_isa_detected(), components.pointer, groups, 1, &sums)
    #expect(abs(sums[0] / expected - 1) < 1e-13)
  }
}
