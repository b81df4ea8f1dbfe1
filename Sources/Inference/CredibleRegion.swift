import Sky

/// The smallest part of the sky that holds the source with a given probability.
public struct CredibleRegion: Sendable {
  /// A connected part of a region.
  public struct Mode: Hashable, Sendable, Codable {
    /// Probability that the source is in here.
    public var probability: Double
    /// Solid angle in sr.
    public var area: Double
    /// The pixel of the highest likelihood.
    public var peak: SkyPoint
    /// Numbers of the map's cells, most likely first.
    public var cells: [Int]

    /// Solid angle in square degrees.
    public var squareDegrees: Double { area * CredibleRegion.squareDegreesPerSteradian }
  }

  static let squareDegreesPerSteradian = (180 / Double.pi) * (180 / Double.pi)

  /// 0.9 for the region of 90 %.
  public let level: Double
  /// Numbers of the map's cells, most likely first; the last one is needed in part only.
  public let cells: [Int]
  /// Solid angle in sr, with the part of the last cell that the level needs.
  public let area: Double
  /// ln L on the rim.
  public let threshold: Double
  /// Connected parts, most probable first; whole cells are counted.
  public let modes: [Mode]

  /// Solid angle in square degrees.
  public var squareDegrees: Double { area * Self.squareDegreesPerSteradian }
}

extension SkyMap {
  /// The region of highest likelihood that holds a given probability.
  ///
  /// - Parameter level: above 0 and below 1.
  public func credibleRegion(_ level: Double) -> CredibleRegion {
    precondition(level > 0 && level < 1, "a credible level is between 0 and 1")
    let order = cells.indices.sorted {
      (-cells[$0].logLikelihood, $0) < (-cells[$1].logLikelihood, $1)
    }
    var chosen: [Int] = []
    var probability = 0.0
    var area = 0.0
    for cell in order {
      chosen.append(cell)
      let missing = level - probability
      probability += probabilities[cell]
      if probability >= level {
        area += cells[cell].pixel.area * min(1, missing / probabilities[cell])
        break
      }
      area += cells[cell].pixel.area
    }
    return CredibleRegion(
      level: level, cells: chosen, area: area,
      threshold: chosen.last.map { cells[$0].logLikelihood } ?? 0, modes: modes(chosen))
  }

  /// Connected parts of a set of cells; cells that touch at a corner are connected.
  private func modes(_ chosen: [Int]) -> [CredibleRegion.Mode] {
    var group = [Int: Int](uniqueKeysWithValues: chosen.map { ($0, $0) })
    func root(_ cell: Int) -> Int {
      var cell = cell
      while let parent = group[cell], parent != cell {
        group[cell] = group[parent]
        cell = parent
      }
      return cell
    }
    for cell in chosen {
      let pixel = cells[cell].pixel
      let shift = 2 * (HEALPix.maximumOrder - pixel.order)
      for neighbour in HEALPix(order: pixel.order).neighbours(nested: pixel.nested).compactMap(\.self) {
        // Where the neighbourhood is divided finer, the finer cells find this one.
        let other = self.cell(containing: neighbour << shift)
        guard cells[other].pixel.order <= pixel.order, group[other] != nil else { continue }
        let (first, second) = (root(cell), root(other))
        group[max(first, second)] = min(first, second)
      }
    }
    var members: [Int: [Int]] = [:]
    for cell in chosen { members[root(cell), default: []].append(cell) }
    let modes = members.values.map { members in
      // Most likely first, as in `chosen`.
      let best = cells[members[0]]
      return CredibleRegion.Mode(
        probability: members.reduce(0) { $0 + probabilities[$1] },
        area: members.reduce(0) { $0 + cells[$1].pixel.area },
        peak: SkyPoint(
          direction: best.pixel.direction, logLikelihood: best.logLikelihood, amplitude: best.amplitude),
        cells: members)
    }
    return modes.sorted {
      ($0.probability, $0.peak.logLikelihood, $0.peak.direction.z) > (
        $1.probability, $1.peak.logLikelihood, $1.peak.direction.z
      )
    }
  }
}
