import Foundation

/// Finds places for labels beside their points so that no label covers another label, a marker or a leader line.
public struct LabelPlacement: Sendable {
  /// A label to be placed.
  public struct Request: Sendable {
    /// The point that the label belongs to.
    public var anchor: SIMD2<Double>
    /// Pixels around the anchor that its own marker occupies.
    public var radius: Double
    /// Size of the label in pixels.
    public var width: Double
    public var height: Double

    public init(anchor: SIMD2<Double>, radius: Double, width: Double, height: Double) {
      self.anchor = anchor
      self.radius = radius
      self.width = width
      self.height = height
    }
  }

  /// A place that was found.
  public struct Place: Hashable, Sendable {
    public var frame: PlotRectangle
    /// The line from marker to label, when the label is not right beside its marker.
    public var leader: [SIMD2<Double>]
  }

  /// Gaps between marker and label that are tried, nearest first.
  private static let gaps = [2.0, 8, 16, 26, 38, 52, 70, 90, 115, 145, 180, 220, 270, 330]
  /// Directions in turns from the right, clockwise, in order of preference: beside the point before above and below.
  private static let directions = [0.0, 8, 15, 1, 7, 9, 14, 2, 12, 4, 13, 3, 11, 5, 10, 6].map { $0 / 16 }

  /// - Parameters:
  ///   - requests: labels; those with the most neighbours choose first.
  ///   - obstacles: areas that must stay free.
  ///   - bounds: where labels may lie.
  /// - Returns: for each request its place, nil where there is no room within 330 pixels.
  public static func places(
    for requests: [Request], obstacles: [PlotRectangle], within bounds: PlotRectangle
  ) -> [Place?] {
    let markers = requests.map { request in
      PlotRectangle(
        x: request.anchor.x - request.radius, y: request.anchor.y - request.radius, width: 2 * request.radius,
        height: 2 * request.radius)
    }
    let crowding = requests.map { request in
      requests.count { other in
        let distance = other.anchor - request.anchor
        return (distance * distance).sum() < 70 * 70
      }
    }
    let order = requests.indices.sorted { (-crowding[$0], $0) < (-crowding[$1], $1) }
    var result = [Place?](repeating: nil, count: requests.count)
    // In the middle of a crowd every line to the outside passes under other markers: allowed where nothing else is left.
    for avoidsMarkers in [true, false] {
      for index in order where result[index] == nil {
        let taken = result.compactMap { $0 }
        result[index] = candidates(for: requests[index]).first { candidate in
          bounds.contains(candidate.frame)
            && !(markers + obstacles).contains { $0.overlaps(candidate.frame) }
            && !taken.contains { other in
              other.frame.expanded(by: 2).overlaps(candidate.frame) || crosses(candidate.leader, other.frame)
                || crosses(other.leader, candidate.frame)
            }
            && !(avoidsMarkers
              && markers.indices.contains { $0 != index && crosses(candidate.leader, markers[$0]) })
        }
      }
    }
    return result
  }

  private static func crosses(_ leader: [SIMD2<Double>], _ frame: PlotRectangle) -> Bool {
    leader.count == 2 && frame.meets(lineFrom: leader[0], to: leader[1])
  }

  private static func candidates(for request: Request) -> some Sequence<Place> {
    gaps.lazy.flatMap { gap in
      directions.lazy.map { direction in
        let unit = SIMD2(cos(2 * .pi * direction), sin(2 * .pi * direction))
        let edge = request.anchor + (request.radius + gap) * unit
        // The label touches the circle of this gap with the side or corner that faces the point.
        let frame = PlotRectangle(
          x: edge.x - request.width / 2 * (1 - side(unit.x)), y: edge.y - request.height / 2 * (1 - side(unit.y)),
          width: request.width, height: request.height)
        let leader = gap > 8 ? [request.anchor + request.radius * unit, frame.nearest(to: edge)] : []
        return Place(frame: frame, leader: leader)
      }
    }
  }

  /// -1, 0 or 1 towards the outside, smooth between so that labels turn around the point.
  private static func side(_ component: Double) -> Double {
    min(max(1.6 * component, -1), 1)
  }
}
