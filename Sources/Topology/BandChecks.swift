import DarkMatter
import Sky

extension CrossChecks {
  /// A band must be a whole number of samples, segments and bins for every node.
  mutating func checkBand(_ index: Int) {
    let band = topology.bands[index]
    let path = bands.index(index)
    let (from, to) = (path.key("from"), path.key("to"))
    let (segment, integration) = (path.key("segment"), path.key("integration"))
    let duration = TopologyPath().key("duration")
    if isSound(from, to), band.lowestFrequency > band.highestFrequency {
      fault(to, "below `from`", remedy: "give the lower frequency as `from`")
    } else if isSound(from, to, segment) {
      let length = Double(band.segment) * 1e-9
      let first = (band.lowestFrequency * length).rounded(.up)
      if first < 1 || band.lowestFrequency * length < 1 - 1e-12 {
        fault(
          from, "below the first frequency of a segment, \(Dimension.frequency.text(of: 1 / length))",
          remedy: "raise it or make the segment longer")
      } else if first > (band.highestFrequency * length).rounded(.down) {
        fault(
          to, "no multiple of 1/segment = \(Dimension.frequency.text(of: 1 / length)) lies in the band",
          remedy: "widen the band or make the segment longer")
      }
    }
    let hop = band.overlap == 0 ? band.segment : band.segment / 2
    let hopIsWhole = band.overlap == 0 || band.segment % 2 == 0
    checkParticipants(of: band, at: path)
    for (rate, node) in distinctRates(where: { topology.takesPart($0, in: band) }) {
      if isSound(segment, path.key("overlap")),
        rate.samples(inNanoseconds: band.segment) == nil || !hopIsWhole || rate.samples(inNanoseconds: hop) == nil
      {
        let part = rate.samples(inNanoseconds: band.segment) == nil ? "segment" : "half a segment"
        fault(
          segment, "\(part) is no whole number of samples at \(Dimension.text(of: rate)) (`\(node)`)",
          remedy: "choose a multiple of \((band.overlap == 0 ? 1 : 2) * rate.denominator)/\(rate.numerator) s")
      }
    }
    for node in distinctRanges(where: { topology.takesPart($0, in: band) }) { checkBand(index, against: node) }
    if isSound(segment, integration, path.key("overlap")), !hopIsWhole || band.integration % hop != 0 {
      fault(
        integration, "no multiple of segment x (1 - overlap) = \(Dimension.text(ofNanoseconds: hop))",
        remedy: "choose a multiple")
    }
    if isSound(segment, duration), band.segment > topology.duration {
      fault(segment, "longer than the run", remedy: "choose a shorter segment or a longer duration")
    } else if isSound(integration, duration), band.integration > topology.duration {
      warn(integration, "longer than the run: there will be one incomplete integration", remedy: "choose a shorter one")
    }
    let hasSensor = topology.nodes.contains { topology.takesPart($0, in: band) && $0.measuresVectors }
    if isSound(integration), band.integration > 600_000_000_000, hasSensor {
      warn(
        integration, "longer than 600 s: the baselines turn with the Earth by more than 2.5 deg",
        remedy: "choose at most 600 s")
    }
  }

  /// A band names nodes that there are, and asks only vector sensors for fields.
  private mutating func checkParticipants(of band: AnalysisBand, at path: TopologyPath) {
    let key = path.key("nodes")
    guard isSoundBelow(key) else { return }
    for name in band.nodes where !topology.nodes.contains(where: { $0.name == name }) {
      fault(key, "there is no node `\(name)`", remedy: "name nodes of the network")
    }
    let members = topology.nodes.filter { topology.takesPart($0, in: band) }
    if band.analysis != .none, let clock = members.first(where: { !$0.measuresVectors }) {
      fault(
        path.key("analysis"),
        "a \(band.analysis.rawValue) is a vector field, but `\(clock.name)` is a clock",
        remedy: "write `analysis: none` to archive the matrices only (clocks are searched without a band), or take the "
          + "clocks out of `nodes`")
    }
    if Set(members.map(\.unit)).count > 1 {
      fault(key, "clocks and vector sensors measure different things", remedy: "give each kind a band of its own")
    }
  }

  /// A band must lie within what a node records, in its bins.
  private mutating func checkBand(_ index: Int, against node: Node) {
    let band = topology.bands[index]
    let path = bands.index(index)
    let (from, to, segment) = (path.key("from"), path.key("to"), path.key("segment"))
    guard let baseband = node.baseband else {
      let half = node.sampleRate.hertz / 2
      if isSound(to), band.highestFrequency >= half {
        fault(
          to, "not below half of the rate \(Dimension.text(of: node.sampleRate)) of `\(node.name)`",
          remedy: "end the band below \(Dimension.frequency.text(of: half))")
      }
      return
    }
    let range = node.recordedFrequencies
    if isSound(from), band.lowestFrequency <= range.lowest {
      fault(
        from, "not within \(rangeText(node))",
        remedy: "begin the band above \(Dimension.frequency.text(of: range.lowest)), or raise the rate")
    }
    if isSound(to), band.highestFrequency >= range.highest {
      fault(
        to, "not within \(rangeText(node))",
        remedy: "end the band below \(Dimension.frequency.text(of: range.highest)), or raise the rate")
    }
    if isSound(segment), wholeCycles(of: baseband, inNanoseconds: band.segment) == nil {
      fault(
        segment,
        "no whole number of cycles of the baseband's centre \(Dimension.frequency.text(of: baseband)) (`\(node.name)`)",
        remedy: "choose a segment, or a baseband, for which baseband x segment is whole, so that bins line up")
    }
  }

  /// A signal must be possible, and the bands should lie inside it.
  mutating func checkSignal(_ index: Int) {
    let signal = topology.signals[index]
    let path = signals.index(index)
    checkActivation(signal.activation, at: path)
    checkWitnesses(of: signal, at: path)
    switch signal.field {
    case .isotropic(let background): checkBackground(background, isEnabled: signal.enabled, at: path)
    case .anisotropic(let background):
      checkBackground(background.background, isEnabled: signal.enabled, at: path)
      checkSpots(background.directions.spots, at: path.key("spots"))
    case .line(let line): checkLine(line, isEnabled: signal.enabled, at: path)
    case .scalar(let field): checkScalar(field, isEnabled: signal.enabled, at: path)
    case .transient(let event): checkTransient(event, isEnabled: signal.enabled, at: path)
    }
  }

  private mutating func checkBackground(
    _ background: IsotropicBackground, isEnabled: Bool, at path: TopologyPath
  ) {
    let (from, to) = (path.key("from"), path.key("to"))
    let (lowest, highest) = (background.lowestFrequency, background.highestFrequency)
    let chirality = path.key("chirality")
    let greatest = 1 - background.longitudinalFraction
    if isSound(chirality, path.key("longitudinal-fraction")), abs(background.chirality) > greatest * (1 + 1e-12) {
      fault(
        chirality, "|P_V| = \(shortest(abs(background.chirality))) is more than 1 - f_L = \(shortest(greatest))",
        remedy: "only the transverse part can be chiral; lower chirality or longitudinal-fraction")
    }
    guard isSound(from, to) else { return }
    let block = Double(topology.synthesisBlock) * 1e-9
    if lowest >= highest {
      fault(to, "not above `from`", remedy: "give the lower frequency as `from`")
      return
    }
    if isSound(TopologyPath().key("synthesis").key("block")),
      (lowest * block).rounded(.up) > (highest * block).rounded(.down)
    {
      fault(
        to, "no multiple of 1/(synthesis block) = \(Dimension.frequency.text(of: 1 / block)) lies in the signal's band",
        remedy: "widen it or make synthesis.block longer")
    }
    if isSound(path.key("rest-frequency")), background.restFrequency > lowest {
      fault(
        from, "below the rest frequency \(Dimension.frequency.text(of: background.restFrequency))",
        remedy: "a boson has no frequency below m c^2/h; raise `from`")
    }
    if case .table(let frequencies, _) = background.spectrum, isSound(path.key("spectrum")),
      let first = frequencies.first, let last = frequencies.last, first > lowest || last < highest
    {
      warn(
        path.key("spectrum"),
        "the table covers \(shortest(first)) to \(Dimension.frequency.text(of: last)) only, less than the signal's band",
        remedy: "the field is zero outside the table; add rows or narrow the band")
    }
    guard isEnabled else { return }
    for node in distinctRanges(where: \.measuresVectors) {
      let range = node.recordedFrequencies
      if node.baseband == nil, highest > range.highest {
        warn(
          to,
          "above half of the rate \(Dimension.text(of: node.sampleRate)) of `\(node.name)`: what lies beyond is left out there",
          remedy: "lower it, or raise the rate")
      } else if node.baseband != nil, highest <= range.lowest || lowest >= range.highest {
        warn(
          highest <= range.lowest ? to : from, "the signal lies outside \(rangeText(node))",
          remedy: "move the signal or the baseband")
      }
    }
    for (number, band) in topology.bands.enumerated()
    where band.analysis == .background && isSound(bands.index(number).key("from"), bands.index(number).key("to")) {
      let overlaps = band.lowestFrequency < highest && band.highestFrequency > lowest
      if overlaps, band.lowestFrequency < lowest || band.highestFrequency > highest {
        warn(
          bands.index(number).key(band.lowestFrequency < lowest ? "from" : "to"),
          "the band reaches beyond the signal at \(path), \(shortest(lowest)) to \(Dimension.frequency.text(of: highest))",
          remedy: "a fit of one spectrum needs the signal in the whole band; narrow the band")
      }
    }
  }
}
