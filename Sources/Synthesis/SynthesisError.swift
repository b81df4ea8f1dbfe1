import DarkMatter
import Sky

/// Why a field cannot be synthesised as asked.
public enum SynthesisError: Error, Hashable, CustomStringConvertible, Sendable {
  /// The sample rate times the block length is no even whole number.
  case blockDoesNotFit(SampleRate, nanoseconds: Int64)
  /// A centre frequency times the block length is no whole number of cycles.
  case basebandDoesNotFit(Double, nanoseconds: Int64)
  /// A signal's background is not valid.
  case badSignal(index: Int, reason: BackgroundError)
  /// A signal's line is not valid.
  case badLine(index: Int, reason: LineError)
  /// A line is no narrow band, or above what carriers reach; frequencies in Hz.
  case lineTooBroad(index: Int, frequency: Double, bandwidth: Double)
  /// No multiple of 1/block lies in a signal's band.
  case emptyBand(lowest: Double, highest: Double, nanoseconds: Int64)
  /// A node's site is not among the sites of the plan.
  case unlistedSite(Site)
  /// Two sites of the plan are one place.
  case repeatedSite(Site)
  /// A site has a coordinate that is not a number.
  case badSite(Site)
  /// The covariance of the sites could not be factored at a frequency.
  case singularCovariance(frequency: Double, reason: String)
  /// A transient too fast to be convolved with a response in the blocks of the run.
  case transientTooFast(index: Int, frequency: Double, limit: Double)
  /// A transient for a node that records complex baseband.
  case transientInBaseband(index: Int)
  /// A signal's pattern on the sky, or its phase across the network, needs too many directions.
  case skyTooFine(index: Int, degree: Double)
  /// The Earth turns too far in a synthesis block for a signal's phases.
  case blockOutlastsGeometry(index: Int, nanoseconds: Int64)

  public var description: String {
    switch self {
    case .transientInBaseband(let index):
      "signal \(index) (counted from 0) is an event, which cannot be made for complex baseband; use real samples"
    case .transientTooFast(let index, let frequency, let limit):
      "signal \(index) (counted from 0) reaches \(frequency) Hz, and the response of a node can be applied up to "
        + "\(limit) Hz in synthesis blocks of this length; choose a shorter block, a slower event or a flat response"
    case .blockDoesNotFit(let rate, let nanoseconds):
      "a synthesis block of \(Double(nanoseconds) * 1e-9) s holds no even whole number of samples at "
        + "\(rate.numerator)/\(rate.denominator) Hz; choose a block length for which rate x block is even at every node"
    case .basebandDoesNotFit(let frequency, let nanoseconds):
      "a synthesis block of \(Double(nanoseconds) * 1e-9) s holds no whole number of cycles of the centre frequency "
        + "\(frequency) Hz; choose a block length for which centre frequency x block is an integer"
    case .badSignal(let index, let reason):
      "signal \(index) (counted from 0): \(reason)"
    case .badLine(let index, let reason):
      "signal \(index) (counted from 0): \(reason)"
    case .lineTooBroad(let index, let frequency, let bandwidth):
      "signal \(index) (counted from 0): a line of \(bandwidth) Hz at \(frequency) Hz cannot be made; lines reach to "
        + "2.1 GHz and are at most 60 kHz wide, so that slower particles or a lower frequency are needed"
    case .emptyBand(let lowest, let highest, let nanoseconds):
      "no multiple of \(1e9 / Double(nanoseconds)) Hz lies between \(lowest) and \(highest) Hz; "
        + "choose a longer synthesis block or a wider band"
    case .unlistedSite(let site):
      "the site at \(site.latitude)°, \(site.longitude)° is not among the sites of the observation plan; "
        + "list the site of every node"
    case .repeatedSite(let site):
      "the site at \(site.latitude)°, \(site.longitude)° stands twice in the observation plan; list each place once"
    case .badSite(let site):
      "the site at \(site.latitude)°, \(site.longitude)°, \(site.altitude) m is no place on the Earth"
    case .skyTooFine(let index, let degree):
      "signal \(index) (counted from 0) needs the sky divided to degree \(degree), too many directions to add up; choose "
        + "wider spots, a lower highest frequency, or sites closer together"
    case .blockOutlastsGeometry(let index, let nanoseconds):
      "signal \(index) (counted from 0): its phases turn too far with the Earth in a synthesis block of "
        + "\(Double(nanoseconds) * 1e-9) s; choose a shorter synthesis block or a lower highest frequency"
    case .singularCovariance(let frequency, let reason):
      "the covariance of the sites at \(frequency) Hz has no factor: \(reason)"
    }
  }
}
