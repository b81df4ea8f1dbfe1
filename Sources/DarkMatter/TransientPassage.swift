import Glibc
import Numerics
import Sky

extension TransientEvent.Shape {
  /// The course in time, 1 at its peak; exactly zero beyond `reach`.
  ///
  /// - Parameter seconds: s, since the centre passed.
  public func value(at seconds: Double) -> Double {
    guard abs(seconds) <= reach else { return 0 }
    switch self {
    case .burst(let frequency, let width):
      let x = seconds / width
      return exp(-x * x / 2) * cos(2 * .pi * frequency * seconds)
    case .wall(let width): return 1 / cosh(seconds / width)
    }
  }

  /// Seconds from the centre beyond which the course is below 1e-16 of its peak, and taken as zero.
  public var reach: Double {
    switch self {
    case .burst(_, let width): 8.6 * width
    case .wall(let width): 37.6 * width
    }
  }

  /// Hz above which the course has less than 1e-16 of the amplitude spectrum's peak.
  ///
  /// The spectrum of a burst is a Gaussian of deviation 1/(2π width), that of a wall sech(π² f width).
  public var highestFrequency: Double {
    switch self {
    case .burst(let frequency, let width): frequency + 8.6 / (2 * .pi * width)
    case .wall(let width): 37.6 / (.pi * .pi * width)
    }
  }
}

extension TransientEvent {
  /// Seconds by which the event passes a place later than the Earth's centre: propagation.x/speed, x turning with it.
  ///
  /// - Parameters:
  ///   - position: metres in Earth-fixed axes.
  ///   - time: when.
  public func delay(at position: SIMD3<Double>, time: GPSTime) -> Double {
    dot(EarthRotation.earthFixed(propagation, at: time), position) / speed
  }

  /// When the field at a place is not zero.
  ///
  /// - Parameters:
  ///   - position: metres in Earth-fixed axes.
  ///   - epoch: of `time`.
  /// - Returns: seconds from `time`, a microsecond wider at both ends than exact. For events slower than 1 km/s, which a
  ///   turning site may meet more than once, the interval covers the whole Earth.
  public func passage(at position: SIMD3<Double>, epoch: GPSTime) -> ClosedRange<Double> {
    let centre = epoch.advanced(byNanoseconds: time)
    func edge(_ reach: Double) -> Double {
      let farthest = length(position) / speed
      guard speed > 1000 else { return reach < 0 ? reach - farthest : reach + farthest }
      // Sites move at 0.47 km/s at most: each step halves the error at least.
      var edge = reach
      for _ in 0..<60 {
        let instant = centre.advanced(byNanoseconds: Int64((edge * 1e9).rounded()))
        edge = reach + delay(at: position, time: instant)
      }
      return edge
    }
    return edge(-shape.reach) - 1e-6...edge(shape.reach) + 1e-6
  }

  /// Checks that such an event is possible.
  ///
  /// - Throws: `BackgroundError`.
  public func validate() throws(BackgroundError) {
    func require(_ holds: Bool, _ name: String, _ value: Double, _ needed: String) throws(BackgroundError) {
      guard holds, value.isFinite else { throw .badValue(name, value, needed: needed) }
    }
    switch shape {
    case .burst(let frequency, let width):
      try require(frequency >= 0, "the frequency of a burst in Hz", frequency, "finite and not negative")
      try require(width > 0, "the width of a burst in s", width, "finite and positive")
    case .wall(let width): try require(width > 0, "the width of a domain wall in s", width, "finite and positive")
    }
    try require(speed > 0 && speed <= speedOfLight, "the speed in m/s", speed, "above zero and at most that of light")
    for (name, vector) in [("propagation", propagation), ("polarization", polarization)] {
      let length = dot(vector, vector).squareRoot()
      try require(abs(length - 1) < 1e-9, "the length of the \(name) vector", length, "1")
    }
    try require(true, "the amplitude", amplitude, "finite")
    // Nanoseconds of a passage must fit 64 bits: a century is 3e18.
    let seconds = shape.reach + 7e6 / speed
    try require(
      seconds < 1e9 && abs(Double(time)) < 4e18, "the time in s that the event lasts on the Earth", seconds,
      "below 1e9, and the event within a century of the epoch")
  }
}
