import Instruments
import Sky

extension CrossChecks {
  /// Spins must fit, and lines of the noise should be where the node records.
  mutating func checkSensor(_ sensor: VectorSensor, node: Node, at path: TopologyPath) {
    checkSpins(of: sensor, node: node, at: path)
    let range = node.recordedFrequencies
    for (number, line) in sensor.noise.lines.enumerated() {
      let place = path.key("noise").key("lines").index(number).key("frequency")
      guard isSound(place, path.key("rate"), path.key("baseband")),
        line.frequency >= range.highest || line.frequency <= range.lowest
      else { continue }
      warn(
        place,
        node.baseband == nil
          ? "above half of the rate \(Dimension.text(of: node.sampleRate)): the line is left out"
          : "outside \(rangeText(node)): of the line at most a wing is there",
        remedy: "remove it or raise the rate")
    }
  }

  /// Spins must fit to the axes, the rate and the synthesis of the node that reads them.
  private mutating func checkSpins(of sensor: VectorSensor, node: Node, at path: TopologyPath) {
    guard let spins = sensor.spins, isSound(path.key("spins")) else { return }
    let place = path.key("spins")
    let resonance = spins.resonance
    if isSound(path.key("unit")), node.unit != FieldUnit.tesla.symbol {
      fault(
        path.key("unit"), "spins follow a magnetic field, or one that acts like it, but the node measures \(node.unit)",
        remedy: "write T: an effective field b has the energy -gamma S.b")
    }
    let range = node.recordedFrequencies
    if isSound(path.key("rate"), path.key("baseband")),
      resonance.larmorFrequency >= range.highest || resonance.larmorFrequency <= range.lowest
    {
      let written = root.value(at: place.key("bias-field")) == nil ? "larmor-frequency" : "bias-field"
      fault(
        place.key(written),
        "the resonance at \(Dimension.frequency.text(of: resonance.larmorFrequency)) is not "
          + (node.baseband == nil
            ? "below half of the rate \(Dimension.text(of: node.sampleRate))" : "within \(rangeText(node))"),
        remedy: "raise the rate, lower the bias field, or record complex baseband about the resonance")
    }
    if isSound(path.key("axes")) { checkAxes(of: sensor, spins: spins, at: path.key("axes")) }
    checkSynthesis(of: spins, at: place.key("relaxation-time"))
    if isSound(path.key("rate")), spins.projectionNoise > 0 {
      let longest = SpinPrecession.longestRelaxationTime(sampleRate: node.sampleRate)
      if resonance.relaxationTime > longest {
        fault(
          place.key("relaxation-time"),
          "too long for projection noise at \(Dimension.text(of: node.sampleRate)), which is made in blocks of 100 T2",
          remedy:
            "at most \(Dimension.time.text(of: longest)) at this rate; lower the rate or leave projection-noise out")
      }
    }
  }

  private mutating func checkAxes(of sensor: VectorSensor, spins: SpinPrecession, at axes: TopologyPath) {
    let readout: SensorReadout
    do {
      readout = try SensorReadout(sensor)
    } catch {
      switch error {
      case .axisAlongPolarization(let name):
        let number = sensor.axes.firstIndex { $0.name == name } ?? 0
        fault(
          axes.index(number), "the axis lies along the polarization of the spins",
          remedy: "turn it: spins are read across their bias field")
      case .pairWithoutTwoAxes(let found):
        fault(
          axes, "pair-records need two axes, there are \(found)", remedy: "give the axis of each of the two sensors")
      case .badParameter, .badGap, .noAxes, .synthesis:
        fault(axes, "\(error)", remedy: "correct it")
      }
      return
    }
    guard spins.readout == .pairComponents else { return }
    for (number, direction) in readout.directions.enumerated() {
      for other in readout.directions[..<number] {
        let cosine = direction.east * other.east + direction.north * other.north + direction.up * other.up
        guard abs(cosine) > 1e-6 else { continue }
        warn(
          axes.index(number),
          "its noise is correlated by \(shortest((cosine * 1e3).rounded() / 1e3)) with that of an axis before, for both "
            + "come from the same two sensors",
          remedy: "a fit takes the noise of channels as independent: choose two axes at right angles")
        break
      }
    }
  }

  /// Blocks in which a field is made must resolve the resonance (vector-network section 9.4).
  private mutating func checkSynthesis(of spins: SpinPrecession, at place: TopologyPath) {
    let block = TopologyPath().key("synthesis").key("block")
    guard isSound(block), topology.signals.contains(where: \.enabled) else { return }
    let (seconds, time) = (Double(topology.synthesisBlock) * 1e-9, spins.resonance.relaxationTime)
    guard seconds < spins.shortestBlock * (1 - 1e-12) else { return }
    let reason = "synthesis.block of \(Dimension.text(ofNanoseconds: topology.synthesisBlock)) is shorter than 100 T2"
    let remedy = "choose synthesis.block of at least \(Dimension.time.text(of: spins.shortestBlock))"
    if seconds < 10 * time {
      fault(place, reason + " and does not resolve the resonance", remedy: remedy)
    } else {
      let share = 9.9 * (time / seconds) * (time / seconds)
      warn(
        place, reason + ": the peak of |R|^2 comes out lower by \(shortest((share * 1e5).rounded() / 1e3)) %",
        remedy: remedy)
    }
  }
}
