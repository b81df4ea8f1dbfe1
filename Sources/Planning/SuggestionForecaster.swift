import DarkMatter
import Inference
import Numerics
import Sky
import Topology

/// Looks for changes of a network that help.
struct SuggestionForecaster {
  let planned: PlannedNetwork
  let reference: ReferenceForecaster
  private var times: ObservationTimes { planned.times }

  /// The goals that fit the signals; what they lack is looked for in reference fields.
  ///
  /// - Parameters:
  ///   - signals: those that are forecast.
  ///   - haloPower: factor on the power of the reference halo line that is just detected.
  ///   - background: that of the table of chirality.
  func goals(
    signals: [Signal], haloPower: Double, background: (subject: String, field: IsotropicBackground)?
  ) throws -> [PlanningGoal] {
    var line = reference.halo(.axionGradient, frequency: reference.frequency)
    line.amplitude = haloPower.squareRoot()
    var lineName = "halo of axions"
    var goals: [PlanningGoal] = []
    for signal in signals {
      switch signal.field {
      case .isotropic(let field):
        goals.append(
          PlanningGoal(
            figure: .detection, subject: signal.name,
            families: [TemplateFamily(name: signal.name, background: field, bins: planned.bins(for: field).bins)]))
      case .line(let field):
        goals.append(
          PlanningGoal(
            figure: .detection, subject: signal.name,
            families: [TemplateFamily(name: signal.name, line: field, times: times, extent: planned.extent)]))
        (line, lineName) = (field, signal.name)
      case .anisotropic, .transient, .scalar: break
      }
    }
    if goals.isEmpty {
      goals.append(
        PlanningGoal(
          figure: .detection, subject: lineName,
          families: [TemplateFamily(name: lineName, line: line, times: times, extent: planned.extent)]))
    }
    if let (subject, field) = background, field.longitudinalFraction < 1 {
      goals.append(
        PlanningGoal(
          figure: .chirality, subject: subject,
          families: [TemplateFamily(name: subject, background: field, bins: planned.bins(for: field).bins)]))
    }
    goals.append(
      PlanningGoal(
        figure: .discrimination, subject: lineName,
        families: [line.againstOthers(times: times, extent: planned.extent)]))
    goals.append(location())
    return goals
  }

  /// The reference stream of axions from twelve directions, with the amplitude at which one in the middle is detected.
  private func location() -> PlanningGoal {
    let noise = planned.quietest(at: reference.frequency)?.equivalentNoise(at: reference.frequency) ?? 1
    var stream = reference.stream(.axionGradient)
    // Twenty-five times the noise in all samples together, on one axis along it.
    stream = stream.scaled(by: 5 * noise / stream.samples.squareRoot() / stream.longitudinal)
    return PlanningGoal(
      figure: .location, subject: "stream of axions",
      families: HEALPix(order: 0).pixels.map {
        stream.family(name: "stream", direction: -$0.direction, rotation: reference.streamRotation)
      })
  }

  /// The best changes for a goal.
  func list(_ goal: PlanningGoal) throws -> NetworkForecast.SuggestionList {
    let planner = try NetworkPlanner(
      network: planned.network, goal: goal, times: planned.fewTimes)
    let turns = try planner.turns(limit: 3).compactMap { change -> NetworkForecast.SuggestionList.Turn? in
      guard let channel = change.channel else { return nil }
      let site = planned.nodes[channel].site
      let old = LocalDirection(planned.network.channels[channel].basis[0], at: site)
      let new = LocalDirection(upwards: change.direction, at: site)
      return .init(
        channel: planned.network.channels[channel].label, oldAzimuth: old.azimuth, oldAltitude: old.altitude,
        azimuth: new.azimuth, altitude: new.altitude, after: change.after, gain: change.gain)
    }
    var additions: [NetworkForecast.SuggestionList.Addition] = []
    var map: [NetworkForecast.SuggestionList.MapCell] = []
    if let model = planned.quietest(at: goal.families[0].cells[0].frequency) {
      let found = try planner.stations(grid: HEALPix(order: 2), like: model, limit: 3)
      map = found.map.map { .init(cell: $0.cell, gain: $0.gain) }
      additions = found.best.compactMap { change in
        guard let latitude = change.latitude, let longitude = change.longitude else { return nil }
        let direction = LocalDirection(
          upwards: change.direction, at: Site(latitude: latitude, longitude: longitude))
        return .init(
          latitude: latitude, longitude: longitude, azimuth: direction.azimuth, altitude: direction.altitude,
          after: change.after, gain: change.gain)
      }
    }
    return .init(
      figure: goal.figure, subject: goal.subject, before: planner.value,
      turns: turns, additions: additions, map: map)
  }
}

extension LocalDirection {
  /// The local direction of an Earth-fixed vector.
  init(_ direction: SIMD3<Double>, at site: Site) {
    let axes = site.localAxes
    self.init(east: dot(direction, axes.east), north: dot(direction, axes.north), up: dot(direction, axes.up))
  }

  /// The same, or its opposite when it points down: an axis measures as much either way.
  init(upwards direction: SIMD3<Double>, at site: Site) {
    self.init(dot(direction, site.localAxes.up) < 0 ? -direction : direction, at: site)
  }
}
