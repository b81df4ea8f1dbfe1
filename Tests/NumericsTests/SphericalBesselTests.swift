import Glibc
import Numerics
import Testing

@Suite struct SphericalBesselTests {
  /// j0, j1, j2 and j1/z from mpmath at 50 digits, by the closed forms.
  @Test(
    arguments: [
      (0, 1, 0, 0, 1.0 / 3),
      (1e-8, 0.99999999999999998, 3.3333333333333334e-9, 6.6666666666666669e-18, 0.33333333333333333),
      (0.1, 0.99833416646828152, 0.033300011902557572, 0.00066619060844556878, 0.3330001190255757),
      (0.29, 0.98604215553391563, 0.095856138004201586, 0.0055730651992042935, 0.33053840691103998),
      (0.31, 0.98406011755949517, 0.10234370217348958, 0.0063628067000813736, 0.33014097475319218),
      (1, 0.84147098480789651, 0.30116867893975679, 0.062035052011373861, 0.30116867893975679),
      (1.9999, 0.45469225309404466, 0.435395848701396, 0.19843417627951801, 0.21770880979118756),
      (2.0001, 0.45460517353912756, 0.43539969888908899, 0.19846172144975641, 0.21768896499629466),
      (5, -0.19178485493262769, -0.095089408079170792, 0.13473121008512522, -0.019017881615834158),
      (30, -0.03293438746976206, -0.006239527911911537, 0.032310434678570906, -0.00020798426373038457),
      (1000, 0.00082687954053200256, -0.00056155219675017099, -0.00082856419712225307, -5.6155219675017099e-7),
      (-1, 0.84147098480789651, -0.30116867893975679, 0.062035052011373861, 0.30116867893975679),
    ] as [(Double, Double, Double, Double, Double)])
  func mpmathValues(z: Double, j0: Double, j1: Double, j2: Double, ratio: Double) {
    func close(_ value: Double, _ reference: Double) -> Bool { abs(value - reference) <= 4e-15 * abs(reference) }
    #expect(close(SphericalBessel.j0(z), j0))
    #expect(close(SphericalBessel.j1(z), j1))
    #expect(close(SphericalBessel.j2(z), j2))
    #expect(close(SphericalBessel.j1OverArgument(z), ratio))
  }

  /// Section 7: the maximum of j1 and its place, and the first zero of j1 (DLMF 10.58: tan z = z).
  @Test func maximumAndZero() {
    let place = 2.0815759778181006105
    #expect(abs(SphericalBessel.j1(place) - 0.43618181727145849509) < 1e-15)
    #expect(abs(SphericalBessel.j0(place) - 2 * SphericalBessel.j1OverArgument(place)) < 1e-15)
    #expect(abs(SphericalBessel.j1(4.493409457909064)) < 1e-15)
  }
}
