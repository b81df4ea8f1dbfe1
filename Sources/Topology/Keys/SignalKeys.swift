import DarkMatter

extension Signal {
  static let section = Section<Signal>(
    blank: Signal(name: "", field: .isotropic(IsotropicBackground.section.blank)),
    keys: [
      Key("name", .name, \.name, example: "background", "Name of the signal."),
      Key("enabled", .flag, \.enabled, default: true, "False leaves the signal out of the data but keeps its place."),
      Key(
        "start", .time(.from(0, to: longestTime)), optional: \.activation.start, example: "100 s",
        "Time from the epoch at which the field begins to be there; without it, it always was."),
      Key(
        "stop", .time(.positive(upTo: longestTime)), optional: \.activation.stop, example: "500 s",
        "Time from the epoch at which the field has ended; without it, it stays."),
      Key(
        "rise", .time(.from(0, to: longestTime)), \.activation.rise, default: 0,
        "Length of the smooth edge sin^2 after start, and of its mirror image before stop."),
    ],
    kinds: kinds)

  /// The table of kinds: a new kind of field is one row here and its own list of keys.
  private static let kinds: [Kind<Signal>] = [
    Kind(
      "isotropic-background", \.isotropicBackground, IsotropicBackground.section,
      "A stochastic vector field that comes alike from all directions."),
    Kind(
      "anisotropic-background", \.anisotropicBackground, AnisotropicBackground.section,
      "A stochastic vector field with bright patches on the sky."),
    Kind(
      "line", \.line, blank: LineDraft.blankLine, LineDraft.section, make: { $0.line(at: $1, &$2) },
      back: LineDraft.init,
      "The narrow line of slow particles at the frequency of their mass: a halo, streams, sums of them."),
    Kind(
      "burst", \.transient, blank: BurstDraft.blankEvent, BurstDraft.section, make: { draft, _, _ in draft.event },
      back: BurstDraft.init,
      "One wave packet that crosses the Earth: amplitude exp(-s^2/(2 width^2)) cos(2 pi frequency s)."),
    Kind(
      "domain-wall", \.transient, blank: WallDraft.blankEvent, WallDraft.section, make: { draft, _, _ in draft.event },
      back: WallDraft.init,
      "One domain wall that crosses the Earth: amplitude/cosh(s/crossing-time)."),
    Kind(
      "scalar", \.scalar, ScalarField.section,
      "A scalar field that makes constants of nature oscillate: what clocks see, and nothing else."),
  ]

  private var isotropicBackground: IsotropicBackground? {
    get {
      if case .isotropic(let background) = field { background } else { nil }
    }
    set {
      if let newValue { field = .isotropic(newValue) }
    }
  }

  private var anisotropicBackground: AnisotropicBackground? {
    get {
      if case .anisotropic(let background) = field { background } else { nil }
    }
    set {
      if let newValue { field = .anisotropic(newValue) }
    }
  }

  private var line: DarkMatterLine? {
    get {
      if case .line(let line) = field { line } else { nil }
    }
    set {
      if let newValue { field = .line(newValue) }
    }
  }

  private var transient: TransientEvent? {
    get {
      if case .transient(let event) = field { event } else { nil }
    }
    set {
      if let newValue { field = .transient(newValue) }
    }
  }

  private var scalar: ScalarField? {
    get {
      if case .scalar(let field) = field { field } else { nil }
    }
    set {
      if let newValue { field = .scalar(newValue) }
    }
  }
}
