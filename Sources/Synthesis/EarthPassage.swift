import DarkMatter
import Numerics
import Sky

/// How the Earth's centre moves through the halo, as the phases of plane waves need it (vector-network section 9.2, "Long
/// runs"): relative to the uniform motion with the velocity that it has at the epoch, in units of c and of seconds.
///
/// With w = u - v_E(epoch) the velocity of a wave's particles at the epoch and δ = v_E - v_E(epoch), the phase
/// -(m/2) ∫|u - v_E|² + m (u - v_E).x is -m [w² t/2 - w.∫δ + ∫δ²/2] + m (w - δ).x.
final class EarthPassage {
  struct State {
    /// δ.
    var velocity = SIMD3<Double>()
    /// ∫δ in light seconds.
    var displacement = SIMD3<Double>()
    /// ∫δ² in s.
    var square = 0.0
  }

  private let epoch: GPSTime
  private let sun: SolarMotion
  /// v_E(epoch) in units of c.
  let reference: SIMD3<Double>
  /// The integrals from the epoch to the start of day k after it, and to k days before it; they grow as they are used.
  private var after = [State()]
  private var before = [State()]

  private static let day: Int64 = 86_400_000_000_000

  init(epoch: GPSTime, sun: SolarMotion) {
    self.epoch = epoch
    self.sun = sun
    reference = EarthVelocity.throughHalo(at: epoch, sun: sun) / speedOfLight
  }

  /// The state a number of nanoseconds after the epoch.
  func state(at nanoseconds: Int64) -> State {
    let (number, rest) = flooredDivision(nanoseconds, Int(EarthPassage.day))
    var state = startOfDay(number)
    advance(&state, from: number * EarthPassage.day, to: number * EarthPassage.day + Int64(rest))
    state.velocity = velocity(at: nanoseconds)
    return state
  }

  /// δ a number of nanoseconds after the epoch.
  func velocity(at nanoseconds: Int64) -> SIMD3<Double> {
    EarthVelocity.throughHalo(at: epoch.advanced(byNanoseconds: nanoseconds), sun: sun) / speedOfLight - reference
  }

  private func startOfDay(_ number: Int64) -> State {
    let days = Int(number.magnitude)
    if number >= 0 {
      while after.count <= days {
        var state = after[after.count - 1]
        let start = Int64(after.count - 1) * EarthPassage.day
        advance(&state, from: start, to: start + EarthPassage.day)
        after.append(state)
      }
      return after[days]
    }
    while before.count <= days {
      var state = before[before.count - 1]
      let start = -Int64(before.count - 1) * EarthPassage.day
      advance(&state, from: start, to: start - EarthPassage.day)
      before.append(state)
    }
    return before[days]
  }

  /// Adds the integrals over at most a day: three-point Gauss-Legendre, relative error (2π/365)^6/2e6, below 1e-16.
  private func advance(_ state: inout State, from start: Int64, to end: Int64) {
    guard start != end else { return }
    let length = Double(end - start)
    for (position, weight) in [
      (0.5 - 0.15.squareRoot(), 5.0 / 18), (0.5, 8.0 / 18), (0.5 + 0.15.squareRoot(), 5.0 / 18),
    ] {
      let velocity = velocity(at: start + Int64((position * length).rounded()))
      state.displacement += (weight * length * 1e-9) * velocity
      state.square += weight * length * 1e-9 * dot(velocity, velocity)
    }
  }
}
