import DarkMatter
import Instruments
import Sky

extension NetworkTopology {
  /// The keys at the top of a topology file.
  static let section = Section<NetworkTopology>(
    blank: NetworkTopology(
      name: "", seed: 0, epoch: GPSTime(nanoseconds: 0), duration: 1_000_000_000, synthesisBlock: 16_000_000_000,
      bands: [], signals: [], nodes: []),
    keys: [
      Key("name", .name, \.name, example: "my-network", "Name of the network, part of file names."),
      Key("description", .text, \.description, default: "", "What the network is for."),
      Key(
        "seed", .integer(from: 0, to: .max), \.seed, default: 1,
        "The one seed of every random number: the same topology and seed give the same data, bit for bit."),
      Key(
        "epoch", .instant, \.epoch, example: "2026-01-01T00:00:00Z",
        "Time of the first sample of every stream: UTC, or GPS seconds."),
      Key(
        "duration", .time(.positive(upTo: longestTime)), \.duration, example: "10 min",
        "Length of the run, a whole number of samples of every node."),
      Key(
        "speed", .speed, \.speed, default: .maximum,
        "How fast simulated time passes: max, 1 for real time, or any factor."),
      Key(
        group: "synthesis",
        [
          Key(
            "block", .time(.positive(upTo: 1e6)), \.synthesisBlock, default: 16_000_000_000,
            """
            Length of the overlapping blocks in which all nodes make the same field; block x rate is an even number \
            for every node. Features of a spectrum should be wider than 20/block.
            """)
        ], "How the fields are made."),
      Key("hub", HubSettings.section.form, \.hub, default: HubSettings.section.defaults, "Where the streams end."),
      Key(
        "bands", .list(of: AnalysisBand.section.form), \.bands, default: [], isShown: true,
        "The frequency ranges to correlate."),
      Key(
        "signals", .list(of: Signal.section.form), \.signals, default: [], isShown: true,
        "The fields that every node sees. Their order is part of the random numbers: switch one off with enabled."),
      Key(
        unmodelled: "defaults", defaultsSection,
        "Keys that every node takes over unless it gives its own; mappings are merged key by key."),
      Key(
        "nodes", .list(of: Node.section.form, minimumCount: 1), \.nodes, "The sensor stations."),
    ])

  /// Not part of the model: what every node takes over unless it says otherwise. The node under it is read for its
  /// faults only, and each node is merged over it before it is read itself.
  private static let defaultsSection = Section<Node>(
    blank: Node.section.blank,
    keys: [
      Key(
        "nodes", Node.section.partial.partialForm, \.self, default: Node.section.blank,
        "Any key of a node except name and kind.")
    ])
}

extension HubSettings {
  static let section = Section<HubSettings>(
    blank: HubSettings(),
    keys: [
      Key(
        "endpoint", .endpoint, \.endpoint, default: "tcp://127.0.0.1:*",
        "Where the hub listens: tcp://HOST:PORT (PORT * for any free one) or ipc://PATH; on this machine only."),
      Key(
        "heartbeat", .quantity(.time, .positive(upTo: 3600)), \.heartbeat, default: 1,
        "Time between signs of life of hub and nodes."),
      Key(
        "patience", .quantity(.time, .positive(upTo: 86_400)), \.patience, default: 20,
        "Silence after which a peer counts as gone; longer than heartbeat."),
      Key(
        "absence", .quantity(.time, .positive(upTo: 31_557_600)), \.absence, default: 60,
        """
        How long the other streams wait for a node that has gone before the hub declares its samples missing; when it \
        comes back, it may still send them.
        """),
      Key(
        "outage", .quantity(.time, .positive(upTo: 31_557_600)), \.outage, default: 3600,
        "How long a node tries to find the hub again after it has gone, before it gives up."),
      Key(
        "connections", ConnectionSettings.section.form, optional: \.connections,
        example: "{rate: 20 Hz, burst: 100}",
        "What the hub bears of peers at a TCP port that have not proved yet who they are, and the size of messages."),
    ])
}

extension ConnectionSettings {
  static let section = Section<ConnectionSettings>(
    blank: ConnectionSettings(),
    keys: [
      Key(
        "per-address", .integer(from: 1, to: 1_000_000), optional: \.perAddress, example: "40",
        "Unproved connections of one address at the same time; default: 16 + 2 x nodes."),
      Key(
        "together", .integer(from: 1, to: 1_000_000), optional: \.together, example: "300",
        "Unproved connections of all addresses; default: 256 + 4 x nodes. The oldest has to go."),
      Key(
        "rate", .quantity(.frequency, .positive(upTo: 1e6)), optional: \.rate, example: "20 Hz",
        "New connections of one address, in the long run; default: 10 Hz + 1 Hz x nodes."),
      Key(
        "burst", .integer(from: 1, to: 1_000_000), optional: \.burst, example: "100",
        "New connections of one address at once, after a time of peace; default: 50 + 5 x nodes."),
      Key(
        "handshake", .quantity(.time, .from(0.1, to: 3600)), optional: \.handshake, example: "10 s",
        "Time in which a peer has to prove who it is; default: 10 s."),
      Key(
        "largest-message", .integer(from: 65_536, to: 1_073_741_824), optional: \.largestMessage, example: "1048576",
        "Bytes of a message, at least those of the longest block, which are the default. Who announces more is cut off."
      ),
    ])
}

extension AnalysisBand {
  static let section = Section<AnalysisBand>(
    blank: AnalysisBand(
      name: "", lowestFrequency: 1, highestFrequency: 1, segment: 1_000_000_000, integration: 1_000_000_000),
    keys: [
      Key("name", .name, \.name, example: "main", "Name of the band in the archive."),
      Key(
        "from", .quantity(.frequency, .positive), \.lowestFrequency, example: "9 Hz",
        "Lowest frequency, at least 1/segment."),
      Key(
        "to", .quantity(.frequency, .positive), \.highestFrequency, example: "39 Hz",
        "Highest frequency, below half the rate of every node that takes part."),
      Key(
        "segment", .time(.positive(upTo: 1e6)), \.segment, example: "2 s",
        "Length of one Fourier transform; its inverse is the frequency resolution. segment x rate is whole."),
      Key(
        "overlap", .number(oneOf: [0, 0.5]), \.overlap, default: 0.5, "Share of a segment that the next one repeats."),
      Key("window", .choice(\.rawValue), \.window, default: .hann, "Shape that each segment is multiplied with."),
      Key(
        "integration", .time(.positive(upTo: 1e6)), \.integration, example: "60 s",
        """
        Length over which segments are averaged to one matrix, a multiple of segment x (1 - overlap); at most 600 s, \
        for the Earth turns.
        """),
      Key(
        "analysis", .choice(\.rawValue), \.analysis, default: .background,
        """
        What is asked of the matrices: background fits one isotropic power law to the whole band, line looks for a \
        narrow line, none archives them only, as is done with a band of clocks alone.
        """),
      Key(
        "nodes", .list(of: .name), \.nodes, default: [],
        "Names of the nodes that take part; all vector sensors by default, or all clocks where there is no sensor."),
    ])
}
