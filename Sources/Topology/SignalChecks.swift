import DarkMatter
import Sky

extension CrossChecks {
  /// A signal must be there during the run, its edges within its time.
  mutating func checkActivation(_ activation: Activation, at path: TopologyPath) {
    let (start, stop, rise) = (path.key("start"), path.key("stop"), path.key("rise"))
    if let begin = activation.start, isSound(start, TopologyPath().key("duration")), begin >= topology.duration {
      fault(start, "the signal starts after the run", remedy: "start it earlier, or set `enabled: false`")
    }
    if let begin = activation.start, let end = activation.stop, isSound(start, stop) {
      if end <= begin {
        fault(stop, "not after `start`", remedy: "give a later stop")
      } else if isSound(rise), activation.rise > (end - begin) / 2 {
        fault(
          rise, "the two edges are longer than the time from start to stop",
          remedy: "choose at most \(Dimension.text(ofNanoseconds: (end - begin) / 2))")
      }
    }
    if activation.isAlways, activation.rise > 0, isSound(start, stop, rise) {
      warn(rise, "without start and stop there is no edge", remedy: "give one of them, or remove it")
    }
  }

  /// Patches on the sky cannot have more than the whole power.
  mutating func checkSpots(_ spots: [AngularDistribution.Spot], at path: TopologyPath) {
    let sum = spots.reduce(0) { $0 + $1.fraction }
    if isSoundBelow(path), sum > 1 + 1e-9 {
      fault(path, "the fractions sum to \(shortest(sum)), more than 1", remedy: "lower them")
    }
  }

  /// A node at least must be able to see a line, and no background be fitted to it.
  mutating func checkLine(_ line: DarkMatterLine, isEnabled: Bool, at path: TopologyPath) {
    let frequency = path.key("rest-frequency")
    guard isSoundBelow(path) else { return }
    let text = Dimension.frequency.text(of: line.restFrequency)
    let blind = distinctRanges(where: \.measuresVectors).filter {
      line.restFrequency <= $0.recordedFrequencies.lowest || line.restFrequency >= $0.recordedFrequencies.highest
    }
    if !blind.isEmpty, blind.count == distinctRanges(where: \.measuresVectors).count {
      fault(
        frequency, "\(text) is outside what any node records: nobody can see the line",
        remedy: "choose a frequency below half of a rate or within a baseband, or change the rates")
      return
    }
    guard isEnabled else { return }
    for node in blind {
      warn(
        frequency, "outside \(rangeText(node)), which sees nothing of it",
        remedy: "change the frequency, or the rate or baseband")
    }
    for (number, band) in topology.bands.enumerated() where band.analysis == .background {
      let place = bands.index(number)
      if isSoundBelow(place), band.lowestFrequency <= line.restFrequency, line.restFrequency <= band.highestFrequency {
        warn(
          place, "a background is fitted to a band with the line of \(path) in it, at \(text)",
          remedy: "write `analysis: line` or `analysis: none`, or move the band")
      }
    }
  }

  /// An event must fall into the run, and should be slow enough for the samples.
  mutating func checkTransient(_ event: TransientEvent, isEnabled: Bool, at path: TopologyPath) {
    guard isSoundBelow(path) else { return }
    let time = path.key("time")
    if isSound(TopologyPath().key("duration")), event.time > topology.duration {
      fault(
        time, "after the run", remedy: "choose at most \(Dimension.text(ofNanoseconds: topology.duration))")
    }
    guard isEnabled else { return }
    for node in distinctRanges(where: \.measuresVectors) where node.baseband != nil {
      fault(
        path.key("kind"), "events cannot be made for complex baseband, which `\(node.name)` records",
        remedy: "set `enabled: false`, or let the node record real samples")
    }
    for (rate, node) in distinctRates(where: \.measuresVectors) {
      switch event.shape {
      case .burst(let frequency, _) where frequency >= rate.hertz / 2:
        warn(
          path.key("frequency"),
          "not below half of the rate \(Dimension.text(of: rate)) of `\(node)`: it is aliased there",
          remedy: "lower it, or raise the rate")
      case .burst(_, let width), .wall(let width):
        if width < rate.interval {
          warn(
            path.key("width"),
            "\(Dimension.time.text(of: width)) is shorter than a sample at \(Dimension.text(of: rate)) (`\(node)`)",
            remedy: "widen it, or raise the rate")
        }
      }
    }
  }
}
