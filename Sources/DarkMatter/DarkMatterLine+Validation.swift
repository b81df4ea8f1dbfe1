import Numerics

/// Why a line is refused.
public enum LineError: Error, Hashable, CustomStringConvertible, Sendable {
  /// A number that must be finite and positive is not.
  case badValue(String, Double)
  case noComponents
  /// The share of a component (counted from 0) is not positive.
  case badFraction(component: Int, Double)
  /// The shares do not sum to one.
  case badSum(Double)
  /// A speed of a component is no number from 0 to the speed of light.
  case badSpeed(component: Int, String, Double)
  /// The Sun's velocity is not below the speed of light.
  case badSun(Double)
  /// |chirality| > 1.
  case tooChiral(Double)
  /// The coupling has no transverse modes that could be chiral.
  case notChiral(VectorCoupling, Double)

  public var description: String {
    switch self {
    case .badValue(let name, let value): "\(name) is \(value); it must be finite and positive"
    case .noComponents: "the line has no components; give at least one, whose fraction is 1"
    case .badFraction(let component, let value):
      "the fraction of component \(component) (counted from 0) is \(value); it must be positive"
    case .badSum(let sum): "the fractions of the components sum to \(sum); they must sum to 1"
    case .badSpeed(let component, let name, let value):
      "\(name) of component \(component) (counted from 0) is \(value) m/s; it must be at least 0 and below the speed "
        + "of light, \(speedOfLight) m/s"
    case .badSun(let value):
      "the speed of the Sun through the halo is \(value) m/s; it must be below the speed of light, \(speedOfLight) m/s"
    case .tooChiral(let value): "chirality \(value) is not within -1 ... 1"
    case .notChiral(let coupling, let value):
      "chirality \(value) has no meaning for the coupling \(coupling.rawValue), which has no transverse modes; use 0"
    }
  }
}

extension DarkMatterLine {
  /// Checks that the parameters describe a line.
  ///
  /// - Throws: `LineError` naming the parameter at fault.
  public func validate() throws(LineError) {
    guard restFrequency > 0, restFrequency.isFinite else { throw .badValue("the rest frequency in Hz", restFrequency) }
    guard amplitude > 0, amplitude.isFinite else { throw .badValue("the amplitude", amplitude) }
    guard !components.isEmpty else { throw .noComponents }
    for (index, component) in components.enumerated() {
      guard component.fraction > 0, component.fraction.isFinite else {
        throw .badFraction(component: index, component.fraction)
      }
      let mean = length(component.meanVelocity)
      // A NaN fails every comparison.
      guard mean < speedOfLight else { throw .badSpeed(component: index, "the mean speed", mean) }
      guard component.virialSpeed >= 0, component.virialSpeed < speedOfLight else {
        throw .badSpeed(component: index, "the virial speed", component.virialSpeed)
      }
    }
    let sum = components.reduce(0) { $0 + $1.fraction }
    guard abs(sum - 1) <= 1e-9 else { throw .badSum(sum) }
    let sunSpeed = length(sun.equatorial)
    guard sunSpeed < speedOfLight else { throw .badSun(sunSpeed) }
    guard abs(chirality) <= 1 else { throw .tooChiral(chirality) }
    guard chirality == 0 || coupling.transverseWeight(mass: 1, momentum: 1) > 0 else {
      throw .notChiral(coupling, chirality)
    }
  }

  /// τ_c = 2/(m v_vir²) of a component in s, after which its field at one place is independent; infinite without
  /// dispersion (section 2).
  public func coherenceTime(of component: Component) -> Double {
    let speed = component.virialSpeed / speedOfLight
    return 1 / (Double.pi * restFrequency * speed * speed)
  }
}
