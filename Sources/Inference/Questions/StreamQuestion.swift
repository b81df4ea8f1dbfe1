import Sky

/// The table of questions that an archive is asked about the samples of its streams. A new kind of instrument that brings a
/// question of its own adds it here: it is asked, its answer stored, reported and printed without any further word.
public let streamQuestions: [any StreamQuestion] = [StatedNoiseQuestion()]

/// A question about the samples of single streams, beside those that bands are asked.
public protocol StreamQuestion: Sendable {
  /// The name of the dataset in `/products` with the answer.
  var name: String { get }

  /// - Parameter streams: all of the archive, in its order.
  /// - Returns: nil when the question concerns none of them.
  /// - Throws: `InferenceError` when the data do not allow an answer, or what reading samples throws.
  func answer(_ streams: [RecordedStream]) throws -> StreamAnswer?
}

/// The stream of one node as questions see it: what it recorded, and what its node states of the instrument.
public struct RecordedStream {
  /// Of the node.
  public var name: String
  /// What archives call its kind of instrument.
  public var kind: String
  public var channels: [String]
  /// SI unit of the samples.
  public var unit: String
  public var sampleRate: SampleRate
  /// Centre frequency in Hz of complex samples, nil for real ones.
  public var baseband: Double?
  /// Samples of each channel.
  public var sampleCount: Int
  /// The instrument's models of response and noise as the archive keeps them, JSON.
  public var response: String
  public var noise: String
  /// The one-sided noise density of each channel in unit²/Hz at a frequency in Hz, as the node states it; nil where it
  /// states none of this form.
  public var statedDensity: ((Double) -> Double)?
  /// Reads a range of samples of a channel, complex ones as pairs, NaN where they are missing.
  public var samples: (_ channel: Int, _ range: Range<Int>) throws -> [Double]

  public init(
    name: String, kind: String, channels: [String], unit: String, sampleRate: SampleRate, baseband: Double? = nil,
    sampleCount: Int, response: String = "{}", noise: String = "{}", statedDensity: ((Double) -> Double)? = nil,
    samples: @escaping (_ channel: Int, _ range: Range<Int>) throws -> [Double]
  ) {
    self.name = name
    self.kind = kind
    self.channels = channels
    self.unit = unit
    self.sampleRate = sampleRate
    self.baseband = baseband
    self.sampleCount = sampleCount
    self.response = response
    self.noise = noise
    self.statedDensity = statedDensity
    self.samples = samples
  }
}

/// What a question about streams found: sentences and a table of numbers.
public struct StreamAnswer: Hashable, Sendable, Codable {
  /// A column of numbers.
  public struct Column: Hashable, Sendable, Codable {
    public var title: String
    /// SI unit; empty for none.
    public var unit: String

    public init(_ title: String, unit: String = "") {
      self.title = title
      self.unit = unit
    }
  }

  /// What was found for one stream or channel.
  public struct Row: Hashable, Sendable, Codable {
    public var label: String
    /// One for each column; nil for what is not known.
    public var values: [Double?]

    public init(_ label: String, values: [Double?]) {
      self.label = label
      self.values = values
    }
  }

  /// The name of the question.
  public var name: String
  /// Heading of the table.
  public var title: String
  /// For the top of the report; empty where the table says it all.
  public var sentences: [String]
  public var columns: [Column]
  public var rows: [Row]
  /// How to read the table; empty for none.
  public var remark: String

  public init(
    name: String, title: String, sentences: [String] = [], columns: [Column], rows: [Row], remark: String = ""
  ) {
    self.name = name
    self.title = title
    self.sentences = sentences
    self.columns = columns
    self.rows = rows
    self.remark = remark
  }
}
