import Glibc
import Numerics
import Sky

/// A change of a network with what it gains for a goal.
public struct NetworkChange: Sendable {
  /// The channel that is turned; nil for a new station.
  public var channel: Int?
  /// Place in degrees of a new station.
  public var latitude: Double?
  public var longitude: Double?
  /// The direction to take, Earth-fixed unit vector.
  public var direction: SIMD3<Double>
  /// The figure of the goal before and after; nil where it is not determined.
  public var before: Double?
  public var after: Double?
  /// Factor by which the figure gets better.
  public var gain: Double
}

/// Where one more station helps, cell by cell.
public struct StationGain: Sendable {
  /// Longitude and latitude count as on the sky.
  public var cell: SkyPixel
  /// Factor by which the figure gets better with the best direction there, for weak signals.
  public var gain: Double
}

/// Searches changes of a network that serve a goal: one axis turned, or one station more.
///
/// All changes are compared with the products of weak signals on a coarse spectrum; the best are then evaluated as
/// `PlanningGoal.evaluate` says.
public struct NetworkPlanner: Sendable {
  public let network: ForecastNetwork
  public let times: ObservationTimes
  public let goal: PlanningGoal
  private let coarse: PlanningGoal
  private let base: [RealMatrix]
  private let baseValue: Double?
  /// The exact figure of the network as it is.
  public let value: Double?

  /// - Parameters:
  ///   - network: as it is.
  ///   - goal: what counts.
  ///   - times: what stands for the run; few instants, since hundreds of networks are compared.
  public init(
    network: ForecastNetwork, goal: PlanningGoal, times: ObservationTimes
  ) throws {
    self.network = network
    self.goal = goal
    self.times = times
    let coarse = goal.coarse(8)
    self.coarse = coarse
    base = try coarse.families.map { try WeakProducts.matrix($0, network: network, times: times) }
    baseValue = coarse.value(base)
    value = try goal.evaluate(network, times: times)
  }

  /// For each linear channel the best direction of a grid, the most useful first.
  ///
  /// - Parameter limit: how many are evaluated exactly and returned; those without a gain are left out.
  public func turns(limit: Int) throws -> [NetworkChange] {
    var candidates: [(channel: Int, direction: SIMD3<Double>, merit: Double)] = []
    for (number, channel) in network.channels.enumerated() where channel.basis.count == 1 {
      var others = network
      others.channels.remove(at: number)
      let best = try self.best(channel, besides: others)
      candidates.append((number, best.direction, goal.merit(best.value)))
    }
    let changes = try candidates.sorted { $0.merit > $1.merit }.prefix(limit + 1).map { candidate in
      var turned = network
      turned.channels[candidate.channel].basis = [candidate.direction]
      return try change(turned, direction: candidate.direction, channel: candidate.channel)
    }
    return Array(sorted(changes.filter { $0.gain > 1.001 }).prefix(limit))
  }

  /// The gain of one more station with one axis in each cell of a grid over the Earth, land or sea.
  ///
  /// - Parameters:
  ///   - grid: where it may stand, at sea level.
  ///   - model: the channel whose noise and response it has; it must be linear.
  ///   - limit: how many places, at least 2000 km apart, are evaluated exactly.
  /// - Returns: the gain of all cells, and the best places, the most useful first.
  public func stations(
    grid: HEALPix, like model: ForecastChannel, limit: Int
  ) throws -> (map: [StationGain], best: [NetworkChange]) {
    var found: [(cell: SkyPixel, channel: ForecastChannel, value: Double?)] = []
    // Of a coherent field all places see the same.
    let isEverywhereAlike = coarse.families.allSatisfy { $0.rotation == .coherent }
    for cell in grid.pixels {
      if isEverywhereAlike, var copy = found.first {
        copy.cell = cell
        copy.channel.position = cell.site.earthFixedPosition
        found.append(copy)
        continue
      }
      var channel = model
      channel.label = "new station"
      channel.position = cell.site.earthFixedPosition
      let best = try self.best(channel, besides: network)
      channel.basis = [best.direction]
      found.append((cell, channel, best.value))
    }
    var chosen: [(cell: SkyPixel, channel: ForecastChannel, value: Double?)] = []
    for candidate in found.sorted(by: { goal.merit($0.value) > goal.merit($1.value) }) where chosen.count < limit {
      if chosen.allSatisfy({ length($0.channel.position - candidate.channel.position) > 2e6 }) {
        chosen.append(candidate)
      }
    }
    let best = try chosen.map { candidate in
      var larger = network
      larger.channels.append(candidate.channel)
      var change = try change(larger, direction: candidate.channel.basis[0], channel: nil)
      change.latitude = candidate.cell.site.latitude
      change.longitude = candidate.cell.site.longitude
      return change
    }
    let map = found.map { StationGain(cell: $0.cell, gain: goal.gain(from: baseValue, to: $0.value)) }
    return (map, sorted(best))
  }

  private func sorted(_ changes: [NetworkChange]) -> [NetworkChange] {
    changes.sorted { goal.merit($0.after) > goal.merit($1.after) }
  }

  private func change(
    _ changed: ForecastNetwork, direction: SIMD3<Double>, channel: Int?
  ) throws -> NetworkChange {
    let after = try goal.evaluate(changed, times: times)
    return NetworkChange(
      channel: channel, direction: direction, before: value, after: after,
      gain: goal.gain(from: value, to: after))
  }

  /// The best direction of a channel beside others, and the figure then, for weak signals.
  private func best(
    _ channel: ForecastChannel, besides others: ForecastNetwork
  ) throws -> (direction: SIMD3<Double>, value: Double?) {
    let products = try coarse.families.enumerated().map { index, family -> (SIMD3<Double>) -> RealMatrix in
      if family.rotation == .coherent {
        return try CoherentNeighbourhood(family, network: others, channel: channel, times: times).products
      }
      let neighbourhood = try ChannelNeighbourhood(family, network: others, channel: channel, times: times)
      let isNew = others.channels.count == network.channels.count
      let rest = isNew ? base[index] : base[index] - neighbourhood.products(channel.basis[0])
      return { rest + neighbourhood.products($0) }
    }
    var best = (direction: channel.basis[0], value: Double?.none)
    func consider(_ direction: SIMD3<Double>) {
      let value = coarse.value(products.map { $0(direction) })
      if coarse.merit(value) > coarse.merit(best.value) { best = (direction, value) }
    }
    for direction in Self.hemisphere { consider(direction) }
    for step in [0.1, 0.05, 0.025, 0.0125] {
      let (first, second) = tangentBasis(best.direction)
      let centre = best.direction
      for (a, b) in [(1.0, 0.0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7)] {
        let moved = centre + (step * a) * first + (step * b) * second
        consider(moved / length(moved))
      }
    }
    return best
  }

  /// Directions some 12° apart over half a sphere: an axis and its opposite measure the same.
  static let hemisphere: [SIMD3<Double>] = {
    let count = 144
    let golden = Double.pi * (3 - 5.0.squareRoot())
    return (0..<count).map { index in
      let z = (Double(index) + 0.5) / Double(count)
      let radius = (1 - z * z).squareRoot()
      return SIMD3(radius * cos(golden * Double(index)), radius * sin(golden * Double(index)), z)
    }
  }()
}

extension SkyPixel {
  /// The middle of a pixel of the Earth, at sea level; its latitude is taken for the geodetic one.
  fileprivate var site: Site {
    let place = EquatorialDirection(direction)
    return Site(
      latitude: place.declination,
      longitude: place.rightAscension > 180 ? place.rightAscension - 360 : place.rightAscension)
  }
}
