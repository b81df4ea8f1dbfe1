import Glibc
import Numerics

extension SkyLikelihood {
  /// The likelihood of one more stream beside known ones, whose signals join the noise.
  ///
  /// Each source is one more rank (two for transverse waves) of the covariance without the new stream:
  /// N'^-1 = N^-1 - β (N^-1 u)(N^-1 u)†, β = α/(1 + α u† N^-1 u).
  ///
  /// - Parameter sources: directions and amplitudes; they replace those known before. Amplitude 0 changes nothing.
  public func conditioned(on sources: [SkyPoint]) -> SkyLikelihood {
    var offset = 0.0
    let rows = unconditionedRows.map { row in
      var content = row.content
      for source in sources where source.amplitude > 0 {
        let stations = row.channels.count
        var delays = [Double](repeating: 0, count: stations)
        var gains = [Double](repeating: 0, count: model.polarizations * stations)
        setSignal(of: row, from: source.direction, delays: &delays, gains: &gains)
        for polarization in 0..<model.polarizations {
          offset += content.add(
            amplitude: source.amplitude, delays: delays,
            gains: gains[polarization * stations..<(polarization + 1) * stations],
            wavenumbers: wavenumbers.bins)
        }
      }
      return SkyRow(content)
    }
    return SkyLikelihood(
      geometry: geometry, model: model, frequencies: frequencies, wavenumbers: wavenumbers,
      unconditionedRows: unconditionedRows, rows: rows, offset: offset, knownSources: sources)
  }

  /// The same data with the phases between distant channels forgotten: what is left of the likelihood when stations
  /// farther apart than a distance are taken for independent. Its fringes are wide enough for a coarse grid.
  ///
  /// - Parameter distance: in m.
  /// - Returns: nil when all channels are within the distance of each other.
  func coherent(within distance: Double) -> SkyLikelihood? {
    var groups: [[Int]] = []
    for channel in 0..<geometry.channelCount {
      let place = geometry.positions[channel]
      let near = groups.firstIndex { $0.allSatisfy { length(geometry.positions[$0] - place) <= distance } }
      if let near { groups[near].append(channel) } else { groups.append([channel]) }
    }
    guard groups.count > 1 else { return nil }
    let rows = unconditionedRows.flatMap { row in
      let content = row.content
      return groups.compactMap { group -> SkyRow? in
        let positions = content.channels.indices.filter { group.contains(content.channels[$0]) }
        return positions.isEmpty ? nil : SkyRow(content.restricted(to: positions))
      }
    }
    let separate = SkyLikelihood(
      geometry: geometry, model: model, frequencies: frequencies, wavenumbers: wavenumbers, unconditionedRows: rows,
      rows: rows, offset: 0, knownSources: [])
    return knownSources.isEmpty ? separate : separate.conditioned(on: knownSources)
  }
}

extension SkyRowContent {
  /// Puts a stream of known amplitude into the covariance without the new stream.
  ///
  /// - Returns: what it adds to ln L.
  fileprivate mutating func add(
    amplitude: Double, delays: [Double], gains: ArraySlice<Double>, wavenumbers: [Double]
  ) -> Double {
    let stations = channels.count
    var added = [ComplexNumber](repeating: .zero, count: binCount * stations)
    var change = 0.0
    for bin in 0..<binCount {
      let range = bin * stations..<(bin + 1) * stations
      let signal = (0..<stations).map {
        ComplexNumber(magnitude: gains[gains.startIndex + $0], phase: wavenumbers[bin] * delays[$0])
      }
      var filtered = zip(signal, power[range]).map { $0 * $1 }
      for column in subtracted {
        let share = product(signal, column[range]).conjugate
        for station in 0..<stations { filtered[station] -= column[range.lowerBound + station] * share }
      }
      let norm = product(signal, filtered[...]).real
      let scale = amplitude / (1 + amplitude * norm)
      var power = 0.0
      for index in columns.indices {
        let along = product(signal, columns[index][range])
        power += along.magnitudeSquared
        for station in 0..<stations {
          columns[index][range.lowerBound + station] -= filtered[station] * (along * scale)
        }
      }
      for station in 0..<stations {
        added[range.lowerBound + station] = filtered[station] * scale.squareRoot()
      }
      change += scale * power - log1p(amplitude * norm)
    }
    subtracted.append(added)
    return weight * change
  }
}

/// u† y.
private func product(_ u: [ComplexNumber], _ y: ArraySlice<ComplexNumber>) -> ComplexNumber {
  zip(u, y).reduce(.zero) { $0 + $1.0.conjugate * $1.1 }
}
