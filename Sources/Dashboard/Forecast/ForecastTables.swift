import Inference
import Planning
import Sky

/// A table of a forecast, for the terminal and for the page alike.
struct ForecastTable {
  var title: String
  /// Sentences above the table.
  var remarks: [String] = []
  /// Name, and whether the column holds numbers.
  var columns: [(title: String, isNumber: Bool)]
  var rows: [[String]]

  var text: String {
    var table = TextTable(columns.map { .init($0.title, $0.isNumber ? .right : .left) })
    for row in rows { table.append(row) }
    return title + "\n" + remarks.map { $0 + "\n" }.joined() + (rows.isEmpty ? "" : table.text)
  }

  var html: String {
    remarks.map { "<p>\(typeset($0).html)</p>" }.joined()
      + (rows.isEmpty
        ? "" : ReportContent.htmlTable(columns, rows.map { row in row.map { typeset($0).html } }))
  }
}

extension NetworkForecast {
  /// One line: channels, time.
  var subtitle: String {
    "\(channelCount) \(channelCount == 1 ? "channel" : "channels") at \(siteCount) \(siteCount == 1 ? "site" : "sites"), "
      + "\(formatSpan(duration)) from \(epoch)"
      + (referenceFrequency.map { "; reference frequency \(formatNumber($0)) Hz" } ?? "")
  }

  /// The answers in sentences.
  var verdict: [String] {
    signals.map { signal in
      "\(signal.name): expected Θ = \(formatNumber(signal.statistic, digits: 3))"
        + (signal.statisticFittingNoise.map { " (\(formatNumber($0, digits: 3)) if the noise is fitted too)" } ?? "")
        + ", detected at 5 σ in "
        + "\(Self.percent(signal.detectionProbability)) of all runs; detectable down to "
        + "\(formatNumber(signal.reach.powerHalf.squareRoot(), digits: 3)) of its amplitude."
    }
      + (chirality?.uncertainty.map {
        ["Chirality of \(chirality?.subject ?? ""): σ(P_V) = \(formatNumber($0, digits: 3)), the amplitude fitted."]
      } ?? [])
      + suggestions.compactMap { list in
        let turn = list.turns.first.map { "turn \($0.channel) (\(list.gainText($0.gain)))" }
        let addition = list.additions.first.map {
          "a station \(list.placeMatters ? "at " + place($0.latitude, $0.longitude) : "anywhere") "
            + "(\(list.gainText($0.gain)))"
        }
        let hints = [turn, addition].compactMap { $0 }
        return hints.isEmpty ? nil : "For \(list.title): " + hints.joined(separator: ", or ") + "."
      } + clockReport.verdict
  }

  static func percent(_ probability: Double) -> String {
    let value = 100 * probability
    return (value > 99.95 ? "over 99.9" : value < 0.05 ? "under 0.1" : formatNumber(value, digits: 3)) + " %"
  }

  private func place(_ latitude: Double, _ longitude: Double) -> String {
    "\(formatNumber(abs(latitude), digits: 3))° \(latitude < 0 ? "S" : "N"), "
      + "\(formatNumber(abs(longitude), digits: 4))° \(longitude < 0 ? "W" : "E")"
  }

  var signalTables: [ForecastTable] {
    signals.map { signal in
      var remarks = [
        signal.description + ".",
        "Expected Θ = \(formatNumber(signal.statistic)) (weak-signal form \(formatNumber(signal.weakStatistic))), five "
          + "standard deviations from Θ = \(formatNumber(signal.reach.threshold)) on; detected in "
          + "\(Self.percent(signal.detectionProbability)) of all runs."
          + (signal.statisticFittingNoise.map {
            " With the noise of every channel fitted too, as `gnomon analyze` does: Θ = \(formatNumber($0))."
          } ?? ""),
        "Detectable down to \(formatNumber(signal.reach.powerHalf.squareRoot(), digits: 3)) of its amplitude in half, "
          + "to \(formatNumber(signal.reach.power95.squareRoot(), digits: 3)) in 95 % of all runs; "
          + "\(formatNumber(signal.reach.effectiveSamples, digits: 3)) effective samples.",
      ]
      if let angle = signal.solidAngle {
        remarks.append("Located to ΔΩ = \(formatNumber(angle * squareDegrees, digits: 3)) deg², the amplitude fitted.")
      }
      for other in signal.separations {
        remarks.append(
          "Against \(other.coupling): overlap ρ = \(formatNumber(other.overlap)), expected 2 Δ ln L = "
            + "\(formatNumber(other.statistic, digits: 3)).")
      }
      if let error = signal.rotationError {
        remarks.append(
          "\(instants) \(instants == 1 ? "instant stands" : "instants stand") for the turning Earth; half as many change "
            + "Θ by \(formatNumber(100 * error, digits: 2)) %.")
      }
      return ForecastTable(
        title: "Signal \(signal.name)", remarks: remarks,
        columns: [("parameter", false), ("value", true), ("σ, all fitted", true), ("σ, others known", true)],
        rows: signal.parameters.map { parameter in
          [
            parameter.name, parameter.value.map { formatNumber($0) } ?? "",
            parameter.uncertainty.map { formatNumber($0, digits: 3) } ?? "not determined",
            parameter.uncertaintyAlone.map { formatNumber($0, digits: 3) } ?? "not determined",
          ]
        })
    }
  }

  var reachTable: ForecastTable {
    ForecastTable(
      title: "Reach at 5 σ",
      columns: [
        ("field", false), ("coupling or mode", false), ("amplitude", false), ("half of runs", true),
        ("95 % of runs", true), ("unit", false), ("samples", true), ("threshold Θ", true),
      ],
      rows: reach.map { row in
        let isDensity = row.unit != unit
        let scale = DisplayScale(unit: unit, typical: row.half)
        return [
          row.field, row.coupling, row.quantity, formatNumber(row.half * scale.factor, digits: 3),
          formatNumber(row.most * scale.factor, digits: 3), scale.unit + (isDensity ? "/√Hz" : ""),
          formatNumber(row.effectiveSamples, digits: 3), formatNumber(row.threshold),
        ]
      })
  }

  var skyTable: ForecastTable {
    ForecastTable(
      title: "Solid angle of a stream",
      remarks: [
        "At \(formatNumber(referenceFrequency ?? .nan)) Hz, with the amplitude at which the median direction is just detected; "
          + "amplitude fitted."
      ],
      columns: [
        ("coupling", false), ("rms", true), ("median Θ", true), ("least, deg²", true), ("median, deg²", true),
        ("greatest, deg²", true),
      ],
      rows: skies.map { sky in
        let scale = DisplayScale(unit: unit, typical: sky.amplitude)
        func angle(_ value: Double?) -> String {
          value.map { $0 < 4 * .pi ? formatNumber($0 * squareDegrees, digits: 3) : "whole sky" } ?? "not determined"
        }
        return [
          sky.coupling, "\(formatNumber(sky.amplitude * scale.factor, digits: 3)) \(scale.unit)",
          formatNumber(sky.medianStatistic, digits: 3), angle(sky.least), angle(sky.median), angle(sky.greatest),
        ]
      })
  }

  /// The best pairs.
  func chiralityTable(limit: Int) -> ForecastTable? {
    guard let chirality else { return nil }
    let sigma = chirality.uncertainty.map { formatNumber($0, digits: 3) } ?? "not determined"
    let all = chirality.uncertaintyFittingAll.map { formatNumber($0, digits: 3) } ?? "not determined"
    let useful = chirality.baselines.filter { $0.uncertainty != nil }
    return ForecastTable(
      title: "Chirality, \(chirality.subject)",
      remarks: [
        "All channels together: σ(P_V) = \(sigma) with the amplitude fitted, \(all) with f_L and index fitted too.",
        "The best \(min(limit, useful.count)) of \(chirality.baselines.count) pairs; the optimum is z = 2.0816 with "
          + "geometry 1.",
      ],
      columns: [
        ("pair", false), ("distance, km", true), ("z = pd", true), ("geometry", true), ("K", true), ("σ(P_V)", true),
      ],
      rows: useful.prefix(limit).map { pair in
        [
          "\(pair.first) - \(pair.second)", formatNumber((pair.distance / 1000).rounded(), digits: 6),
          formatNumber(pair.z, digits: 3), formatNumber(pair.geometry, digits: 2),
          formatNumber(pair.strength, digits: 3),
          formatNumber(pair.uncertainty ?? .nan, digits: 3),
        ]
      })
  }

  var overlapTables: [ForecastTable] {
    overlaps.map { table in
      ForecastTable(
        title: "Overlap ρ. " + table.title,
        columns: [("", false)] + table.labels.indices.map { ("\($0 + 1)", true) },
        rows: zip(table.labels.indices, table.overlaps).map { row, values in
          ["\(row + 1) \(table.labels[row])"]
            + values.map { value in value.map { formatNumber(($0 * 1e4).rounded() / 1e4) } ?? "n/a" }
        })
    }
  }

  var suggestionTables: [ForecastTable] {
    suggestions.map { list in
      func axis(_ azimuth: Double, _ altitude: Double) -> String {
        altitude > 89.5
          ? "up"
          : altitude < -89.5
            ? "down"
            : "azimuth \(formatNumber(azimuth.rounded(), digits: 3))°, altitude \(formatNumber(altitude.rounded(), digits: 3))°"
      }
      let turns = list.turns.map { turn in
        [
          "turn \(turn.channel)",
          "\(axis(turn.oldAzimuth, turn.oldAltitude)) → \(axis(turn.azimuth, turn.altitude))",
          list.valueText(turn.after), list.gainText(turn.gain),
        ]
      }
      let additions = list.additions.prefix(list.placeMatters ? 3 : 1).map { addition in
        [
          "station at \(place(addition.latitude, addition.longitude))" + (list.placeMatters ? "" : " or elsewhere"),
          axis(addition.azimuth, addition.altitude),
          list.valueText(addition.after), list.gainText(addition.gain),
        ]
      }
      return ForecastTable(
        title: "What helps: \(list.title)", remarks: ["Now \(list.valueText(list.before))."],
        columns: [("change", false), ("axis", false), ("then", false), ("gain", true)], rows: turns + additions)
    }
  }
}
