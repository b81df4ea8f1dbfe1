/// Colours that stay apart for colour-blind readers (Okabe and Ito 2008), with a lighter set on dark pages.
public enum PlotColour: String, Sendable, CaseIterable {
  /// Black on white, white on black.
  case ink
  /// For what should stand back.
  case grey
  case blue, vermilion, green, orange, sky, purple
}

/// The style sheet of all plots.
public enum PlotStyle {
  static let labelSize = 12.0
  static let tickSize = 11.0
  /// Pixels to the right of the last plot of a figure.
  static let rightMargin = 12.0

  /// Plain colours per class, so that viewers without CSS variables draw the light version.
  public static let css = """
    svg.plot { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; max-width: 100%; height: auto; }
    .page { fill: #ffffff; } .label { fill: #1c1c1c; } .soft { fill: #5c5c5c; }
    .ink { color: #1c1c1c; } .grey { color: #8a8a8a; } .blue { color: #0072b2; } .vermilion { color: #d55e00; }
    .green { color: #007a58; } .orange { color: #c98500; } .sky { color: #3fa0dd; } .purple { color: #b0568a; }
    .frame { fill: none; stroke: #444444; stroke-width: 1; } .tick { fill: none; stroke: #444444; stroke-width: 1; }
    .grid { fill: none; stroke: #e4e4e4; stroke-width: 1; } .sea { fill: #eef4f8; } .land { fill: #d9d6cd; \
    stroke: #a9a69c; stroke-width: 0.5; } .graticule { fill: none; stroke: #cfd9e0; stroke-width: 0.5; }
    .curve { fill: none; stroke: currentColor; stroke-linejoin: round; stroke-linecap: round; }
    .butt { fill: none; stroke: currentColor; } .area { fill: currentColor; stroke: none; }
    .open { stroke: currentColor; fill: #ffffff; } .halo { fill: #ffffff; fill-opacity: 0.7; stroke: none; }
    .on-dark { fill: #ffffff; } .on-light { fill: #1c1c1c; } .unknown { fill: #c9c9c9; } .outlined { fill: #ffffff; \
    stroke: #1c1c1c; stroke-width: 3px; stroke-linejoin: round; paint-order: stroke; }
    @media screen and (prefers-color-scheme: dark) {
    .unknown { fill: #4a4f55; } .page { fill: #14171a; } .label { fill: #e8e8e8; } .soft { fill: #a8adb2; }
    .ink { color: #ececec; } .grey { color: #8d949a; } .blue { color: #4fb3f0; } .vermilion { color: #ff8a4a; }
    .green { color: #35c79a; } .orange { color: #f2b632; } .sky { color: #8fd0ff; } .purple { color: #e69ac4; }
    .frame, .tick { stroke: #a4a9ae; } .grid { stroke: #2b3035; } .sea { fill: #1a2128; } .land { fill: #39404a; \
    stroke: #5a636e; } .graticule { stroke: #2a333c; } .open { fill: #14171a; } .halo { fill: #14171a; } }
    """
}
