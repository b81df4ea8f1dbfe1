import DarkMatter
import Numerics
import Sky

/// Where a line of slow particles is sampled in speed, for sums over its spectrum.
struct LineNodes {
  /// A speed in units of c with its share dv of the integral.
  struct Node {
    var speed: Double
    var weight: Double
  }

  let nodes: [Node]
  /// The greatest speed.
  let highest: Double

  /// Gauss-Legendre panels of eight points that cover the speeds of all populations at all times.
  init(_ line: DarkMatterLine, times: ObservationTimes) {
    var windows: [(low: Double, high: Double, panel: Double)] = []
    var highest = 0.0
    for slice in times.slices {
      for (index, population) in LineCrossSpectrum(line, at: slice.time).populations.enumerated() {
        let (speed, spread) = (length(population.meanVelocity), population.virialSpeed)
        // Beyond 4.5 v_vir from the mean lies less than 1e-8 of the particles.
        let window = (low: max(0, speed - 4.5 * spread), high: speed + 4.5 * spread, panel: 1.2 * spread)
        highest = max(highest, window.high)
        if index < windows.count {
          windows[index].low = min(windows[index].low, window.low)
          windows[index].high = max(windows[index].high, window.high)
        } else {
          windows.append(window)
        }
      }
    }
    self.highest = highest
    windows = windows.filter { $0.panel > 0 }
    let edges = Set(windows.flatMap { [$0.low, $0.high] }).sorted()
    var nodes: [Node] = []
    for (low, high) in zip(edges, edges.dropFirst()) {
      let covering = windows.filter { $0.low <= low && $0.high >= high }
      guard let panel = covering.map(\.panel).min() else { continue }
      let count = max(1, ((high - low) / panel).rounded(.up))
      let half = (high - low) / count / 2
      for index in 0..<Int(count) {
        let middle = low + (2 * Double(index) + 1) * half
        for (position, weight) in Self.legendre {
          nodes.append(Node(speed: middle - half * position, weight: half * weight))
          nodes.append(Node(speed: middle + half * position, weight: half * weight))
        }
      }
    }
    self.nodes = nodes
  }

  /// Positive nodes and weights of the eight-point rule on -1 ... 1.
  private static let legendre = [
    (0.1834346424956498, 0.3626837833783620), (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745), (0.9602898564975363, 0.1012285362903763),
  ]
}

extension TemplateFamily {
  /// The line of a halo, of streams or of their sum (sections 5.4 and 5.5), its spectrum resolved as far as the run allows.
  ///
  /// When the run resolves the line into more than sixteen pieces of width 1/T its spectrum is integrated over frequency;
  /// a narrower line is laid into natural cells of width 1/T that begin at the rest frequency, and populations without a
  /// dispersion into one such cell.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - line: velocities, rest frequency and amplitude.
  ///   - labels: names of the tensors.
  ///   - templates: what the tensors are made of.
  ///   - combination: for each label the factors of the templates.
  ///   - times: what stands for the run.
  ///   - extent: longest baseline of the network in m, which decides how the Earth's rotation enters.
  public init(
    name: String, line: DarkMatterLine, labels: [String], templates: [LineTemplate], combination: [[Double]],
    times: ObservationTimes, extent: Double
  ) {
    let nodes = LineNodes(line, times: times)
    let power = line.amplitude * line.amplitude
    let rest = line.restFrequency
    let duration = times.duration

    @Sendable func combined(_ tensors: [CrossSpectralTensor], _ factor: Double) -> [CrossSpectralTensor] {
      combination.map { row in
        zip(row, tensors).reduce(CrossSpectralTensor()) { $1.0 == 0 ? $0 : $0 + (factor * $1.0) * $1.1 }
      }
    }
    func frequency(_ speed: Double) -> Double { rest * (1 + speed * speed / 2) }
    /// T times the power in a set of nodes, and of the populations without a dispersion whose speed belongs to it.
    func natural(_ part: [LineNodes.Node], frequency: Double, cold: @escaping @Sendable (Double) -> Bool) -> Cell {
      Cell(frequency: frequency, samples: 1) { time in
        let spectrum = LineCrossSpectrum(line, at: time)
        let streams = spectrum.populations.filter {
          $0.virialSpeed == 0 && $0.fraction > 0 && cold(length($0.meanVelocity))
        }
        return { separation in
          var sum = [CrossSpectralTensor](repeating: CrossSpectralTensor(), count: templates.count)
          for node in part {
            let densities = spectrum.densities(templates, speed: node.speed, separation: separation)
            for index in sum.indices { sum[index] = sum[index] + node.weight * densities[index] }
          }
          for stream in streams {
            let powers = spectrum.powers(templates, of: stream, separation: separation)
            for index in sum.indices { sum[index] = sum[index] + powers[index] }
          }
          return combined(sum, duration * power)
        }
      }
    }

    let width = rest * nodes.highest * nodes.highest / 2
    let isCold = line.components.contains { $0.virialSpeed == 0 && $0.fraction > 0 }
    var cells: [Cell] = []
    if nodes.nodes.isEmpty {
      cells = [natural([], frequency: frequency(nodes.highest)) { _ in true }]
    } else if width * duration <= 16 {
      let count = max(1, Int((width * duration).rounded(.up)))
      @Sendable func number(_ speed: Double) -> Int {
        min(count - 1, Int(rest * speed * speed / 2 * duration))
      }
      for index in 0..<count {
        let part = nodes.nodes.filter { number($0.speed) == index }
        cells.append(
          natural(part, frequency: rest + (Double(index) + 0.5) * width / Double(count)) { number($0) == index })
      }
    } else {
      for node in nodes.nodes {
        let slope = HaloModel.speedPerFrequency(speed: node.speed, restFrequency: rest)
        cells.append(
          Cell(frequency: frequency(node.speed), samples: duration * node.weight / slope) { time in
            let spectrum = LineCrossSpectrum(line, at: time)
            return { separation in
              combined(
                spectrum.densities(templates, speed: node.speed, separation: separation), power * slope)
            }
          })
      }
      if isCold { cells.append(natural([], frequency: frequency(nodes.highest)) { _ in true }) }
    }
    self.init(
      name: name, labels: labels, cells: cells,
      rotation: .ofLine(
        restFrequency: rest,
        virialSpeed: (line.components.max { $0.fraction < $1.fraction }?.virialSpeed ?? 0) / speedOfLight,
        highestSpeed: nodes.highest, duration: duration, extent: extent))
  }

  /// A line and its derivatives with ln A and, where it has transverse modes, with its chirality.
  public init(name: String, line: DarkMatterLine, times: ObservationTimes, extent: Double) {
    let coupling = line.coupling.haloCoupling
    let isTransverse = coupling != .axionGradient
    self.init(
      name: name, line: line, labels: isTransverse ? ["ln A", "P_V"] : ["ln A"],
      templates: [.unpolarised(coupling), .helicity(coupling)],
      combination: isTransverse ? [[1, line.chirality], [0, 1]] : [[1, 0]], times: times, extent: extent)
  }

  /// The same line through several couplings, each with the amplitude of the line.
  public init(
    name: String, line: DarkMatterLine, couplings: [(name: String, coupling: HaloCoupling)], times: ObservationTimes,
    extent: Double
  ) {
    self.init(
      name: name, line: line, labels: couplings.map(\.name), templates: couplings.map { .unpolarised($0.coupling) },
      combination: couplings.indices.map { row in couplings.indices.map { $0 == row ? 1 : 0 } }, times: times,
      extent: extent)
  }
}

extension TemplateFamily.Rotation {
  /// How the Earth's rotation enters the forecast of a line.
  ///
  /// Coherent when the coherence time exceeds the time in which the Earth turns by a radian, the run is longer than an
  /// hour, and the phase along the longest baseline is below 0.3, so that baselines may be left out.
  ///
  /// - Parameters:
  ///   - restFrequency: Hz.
  ///   - virialSpeed: of the particles that make most of the line, in units of c.
  ///   - highestSpeed: in units of c.
  ///   - duration: of the run in s.
  ///   - extent: longest baseline in m.
  public static func ofLine(
    restFrequency: Double, virialSpeed: Double, highestSpeed: Double, duration: Double, extent: Double
  ) -> TemplateFamily.Rotation {
    let turns = EarthRotation.angularSpeed > Double.pi * restFrequency * virialSpeed * virialSpeed
    let phase = 2 * Double.pi * restFrequency * highestSpeed * extent / speedOfLight
    return turns && duration > 3600 && phase < 0.3 ? .coherent : .segments
  }
}
