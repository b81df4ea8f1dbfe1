extension ReportContent {
  /// Measured spectra of all channels, one small panel each with common axes, and what was fitted to them.
  public var noiseSpectraFigure: ReportFigure? {
    guard let noiseSpectra, !noiseSpectra.channels.isEmpty else { return nil }
    let channels = noiseSpectra.channels
    let frequencies = AxisScale.covering(.logarithmic, channels.lazy.flatMap(\.frequencies), margin: 0)
    let densities = AxisScale.covering(
      .logarithmic, channels.lazy.flatMap { [$0.measured, $0.fittedNoise, $0.fittedTotal].joined() })
    let columns = channels.count <= 2 ? channels.count : (channels.count <= 6 ? 3 : (channels.count <= 20 ? 4 : 6))
    let panelWidth = 800 / Double(columns)
    let panels = channels.map { channel in
      PlotAxes(
        title: RichText(plain: TextMetrics.fitted(channel.label, size: PlotStyle.labelSize, width: panelWidth)),
        xLabel: "frequency [Hz]", yLabel: "ASD [" + RichText(plain: noiseSpectra.unit) + "/√Hz]", x: frequencies,
        y: densities, series: Self.series(channel))
    }
    let figure = PlotFigure(
      title: "Amplitude spectral density of each channel", panels: panels, columns: columns,
      panelHeight: columns <= 3 ? 200 : 120, sharesAxes: true)
    return ReportFigure(
      name: "noise-spectra", heading: "Noise spectra",
      caption: """
        Amplitude spectral density of each channel. Where the total rises above the noise, the fit assigns the difference \
        to the signal; what convinces is that it is common to all channels.
        """, drawing: figure.drawing())
  }

  private static func series(_ channel: ChannelSpectrum) -> [PlotSeries] {
    var series = [
      PlotSeries(
        .line(x: channel.frequencies, y: channel.measured), colour: .grey, width: 1, label: "measured")
    ]
    if !channel.fittedTotal.isEmpty {
      series.append(
        PlotSeries(
          .line(x: channel.frequencies, y: channel.fittedTotal), colour: .vermilion, width: 1.6,
          label: "fit: noise + signal"))
    }
    if !channel.fittedNoise.isEmpty {
      series.append(
        PlotSeries(
          .line(x: channel.frequencies, y: channel.fittedNoise), colour: .blue, dash: .dashed, width: 1.6,
          label: "fit: noise"))
    }
    return series
  }
}
