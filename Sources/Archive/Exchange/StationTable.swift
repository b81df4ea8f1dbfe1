import Glibc
import Sky

/// Where stations stand and which way they look, for files that do not say: a table in the columns of
/// `data/gnome-stations.csv`.
public struct StationTable: Sendable {
  public struct Row: Hashable, Sendable {
    public var name: String
    public var site: Site
    public var direction: LocalDirection
    /// Picotesla a sample at 512 Hz; nil where it is not known.
    public var noise: Double?
  }

  public private(set) var rows: [Row] = []

  /// The stations of the GNOME network.
  public static let gnome = try? StationTable(
    """
    station,longitude_deg,latitude_deg,azimuth_deg,altitude_deg,noise_pT
    beijing01,116.1868,40.2457,251,0,
    belgrade01,20.3928,44.8546,300,0,
    berkeley02,-122.2570,37.8723,0,90,2.0
    canberra01,149.1185,-35.2745,0,90,
    daejeon01,127.3987,36.3909,0,90,0.2
    hayward01,-122.0539,37.6564,0,90,0.1
    krakow01,19.9048,50.0289,0,90,0.8
    lewisburg01,-76.8825,40.9557,0,90,0.1
    losangeles01,-118.4407,34.0705,270,0,1.5
    mainz01,8.2354,49.9915,0,-90,0.1
    moxa01,11.6147,50.6450,270,0,1.0
    oberlin01,-82.2204,41.2950,276,0,0.2
    """, file: "gnome-stations.csv")

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - text: comma-separated: station, longitude east, latitude north, azimuth clockwise from north and altitude above the
  ///     horizon of the axis in degrees, noise in picotesla a sample at 512 Hz or nothing; comments begin with `#`.
  ///   - file: its name, for errors.
  public init(_ text: String, file: String) throws(ForeignFileError) {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let plain = line.filter { $0 != "\r" && $0 != " " }
      if plain.isEmpty || plain.hasPrefix("#") || plain.hasPrefix("station,") { continue }
      let fields = plain.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = fields.dropFirst().prefix(4).compactMap { Double($0) }
      guard fields.count >= 5, numbers.count == 4, numbers.allSatisfy(\.isFinite), (-180...360).contains(numbers[0]),
        (-90...90).contains(numbers[1]), (-90...90).contains(numbers[3])
      else {
        throw ForeignFileError(
          file, "line \(number + 1) is not station,longitude,latitude,azimuth,altitude,noise with angles in degrees")
      }
      rows.append(
        Row(
          name: String(fields[0]), site: Site(latitude: numbers[1], longitude: numbers[0]),
          direction: LocalDirection(azimuth: numbers[2], altitude: numbers[3]),
          noise: fields.count > 5 ? Double(fields[5]) : nil))
    }
  }

  /// The row of a station, whatever the case of its letters.
  public subscript(name: String) -> Row? {
    rows.first { $0.name == name } ?? rows.first { $0.name.lowercased() == name.lowercased() }
  }
}

extension LocalDirection {
  /// - Parameters: degrees clockwise from north, and above the horizon.
  init(azimuth: Double, altitude: Double) {
    // Exact where the angle is.
    func sineCosine(_ degrees: Double) -> (Double, Double) {
      switch degrees.truncatingRemainder(dividingBy: 360) {
      case 0: (0, 1)
      case 90, -270: (1, 0)
      case 180, -180: (0, -1)
      case 270, -90: (-1, 0)
      default: (sin(degrees * Double.pi / 180), cos(degrees * Double.pi / 180))
      }
    }
    let (sineAzimuth, cosineAzimuth) = sineCosine(azimuth)
    let (sineAltitude, cosineAltitude) = sineCosine(altitude)
    self.init(east: cosineAltitude * sineAzimuth, north: cosineAltitude * cosineAzimuth, up: sineAltitude)
  }
}
