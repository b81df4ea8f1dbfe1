import DarkMatter
import Inference
import Numerics
import Sky
import Topology

extension NetworkForecast {
  /// Computes the forecast of a topology.
  ///
  /// - Parameters:
  ///   - topology: stations, bands, signals, time.
  ///   - options: what to forecast.
  ///   - progress: called with a line for every part.
  /// - Throws: `PlanningError`, `ForecastError` when a channel has no noise, `BandPlanError`.
  public init(
    _ topology: NetworkTopology, options: ForecastOptions = ForecastOptions(), progress: (String) -> Void = { _ in }
  ) throws {
    let signals = try Self.signals(of: topology, named: options.signal)
    progress("clocks")
    let clocks = try ClockOutlook(topology, signals: signals, options: options.clocks)
    guard !topology.vectorNodes.isEmpty else {
      self.init(
        network: topology.name, epoch: topology.epoch.utcString, duration: Double(topology.duration) * 1e-9,
        unit: topology.fieldUnit, channelCount: topology.nodes.count, siteCount: topology.sites.count, instants: 0,
        bands: [], referenceFrequency: nil, stations: Self.stations(topology))
      self.clocks = clocks
      notes = clocks == nil ? [] : Self.clockAssumptions
      return
    }
    let planned = try PlannedNetwork(topology)
    let frequency =
      options.frequency ?? planned.bands.first.map { ($0.lowest * $0.highest).squareRoot() }
      ?? planned.frequencyLimit / 4
    guard frequency > 0, frequency < planned.frequencyLimit else {
      throw PlanningError.badFrequency(frequency, limit: planned.frequencyLimit)
    }
    let unit = topology.fieldUnit
    let reference = ReferenceForecaster(planned: planned, frequency: frequency, unit: unit)
    self.init(
      network: topology.name, epoch: topology.epoch.utcString, duration: planned.times.duration, unit: unit,
      channelCount: planned.network.channels.count, siteCount: topology.sites.count,
      instants: planned.times.slices.count, bands: planned.bands, referenceFrequency: frequency,
      stations: Self.stations(topology))
    self.clocks = clocks

    notes = Self.assumptions + (clocks == nil ? [] : Self.clockAssumptions)
    if planned.bands.contains(where: { $0.computedBins < $0.bins }) {
      notes.append("Bands with many bins are computed at some of them; noise lines between these are not seen.")
    }
    progress("signals")
    for signal in signals {
      let (outlook, note) = try SignalForecaster(planned).outlook(signal)
      if let outlook { self.signals.append(outlook) }
      if let note { notes.append(note) }
    }
    progress("reach and skies")
    reach = try reference.haloRows()
    reachCurves = try reference.haloCurves(points: 9)
    for (name, coupling) in HaloCoupling.planned {
      let (sky, row) = try reference.sky(name, coupling, order: options.skyOrder)
      skies.append(sky)
      reach.append(row)
    }
    let isotropic = try reference.isotropicRows()
    reach += isotropic
    progress("chirality and overlaps")
    let background = Self.background(signals, reference: reference, reach: isotropic)
    if let background {
      let outlook = try ChiralityOutlook(
        background.field, bins: planned.bins(for: background.field).bins, network: planned.network,
        times: planned.times)
      chirality = ChiralityTable(
        subject: background.subject, uncertainty: outlook.uncertainty,
        uncertaintyFittingAll: outlook.uncertaintyFittingAll, baselines: outlook.baselines,
        boundSeparations: outlook.bounds.map(\.z), bounds: outlook.bounds.map(\.value))
    }
    overlaps = try reference.overlaps()
    guard options.suggests else { return }
    let forecaster = SuggestionForecaster(planned: planned, reference: reference)
    let haloPower = try reference.haloReach(.axionGradient, frequency: frequency, times: planned.times).reach.powerHalf
    for goal in try forecaster.goals(signals: signals, haloPower: haloPower, background: background) {
      progress("what helps: \(goal.figure.rawValue) of \(goal.subject)")
      suggestions.append(try forecaster.list(goal))
    }
  }

  private init(
    network: String, epoch: String, duration: Double, unit: String, channelCount: Int, siteCount: Int, instants: Int,
    bands: [Band], referenceFrequency: Double?, stations: [Station]
  ) {
    self.network = network
    self.epoch = epoch
    self.duration = duration
    self.unit = unit
    self.channelCount = channelCount
    self.siteCount = siteCount
    self.instants = instants
    self.bands = bands
    self.referenceFrequency = referenceFrequency
    self.stations = stations
  }

  private static func stations(_ topology: NetworkTopology) -> [Station] {
    topology.nodes.map { node in
      Station(name: node.name, site: node.site, axes: node.instrument.model.channels.compactMap(\.direction))
    }
  }

  private static func signals(of topology: NetworkTopology, named name: String?) throws -> [Signal] {
    guard let name else { return topology.signals.filter(\.enabled) }
    let found = topology.signals.filter { $0.name == name }
    guard !found.isEmpty else {
      throw PlanningError.unknownSignal(name, known: topology.signals.map(\.name))
    }
    return found
  }

  /// The first isotropic signal, or an unpolarised transverse background that is just detected.
  private static func background(
    _ signals: [Signal], reference: ReferenceForecaster, reach: [ReachRow]
  ) -> (subject: String, field: IsotropicBackground)? {
    for signal in signals {
      if case .isotropic(let field) = signal.field, field.longitudinalFraction < 1,
        !reference.planned.bins(for: field).bins.isEmpty
      {
        return (signal.name, field)
      }
    }
    guard let transverse = reach.last else { return nil }
    return (
      "transverse background at the reach",
      reference.background(longitudinalFraction: 0, level: transverse.half * transverse.half)
    )
  }

  private static let clockAssumptions = [
    "Limits of clocks: the noise of each clock as stated, independent of the others; the live time that the gaps of this seed "
      + "leave, spread evenly over the run. Half of all runs without a signal have limits below the median, at each frequency.",
    "An oscillation is found when its power exceeds the threshold for the whole search; its amplitude is then that of the "
      + "median run.",
  ]

  private static let assumptions = [
    "Noise spectra are taken as known, and gaps and clock errors as absent: a fit that also finds the noise does worse.",
    "Detected means five standard deviations, local and one-sided, for one amplitude of a field of known shape; "
      + "a search over masses or directions needs more.",
    "Reach is the amplitude that half of all runs, or 95 %, detect. With few independent samples the exact law of the "
      + "statistic is used.",
    "Uncertainties are those of Fisher's matrix, a bound that few samples do not reach.",
    "One more station is a copy of the quietest linear channel with one axis, at sea level on land or sea.",
  ]
}
