import Sky

/// A constant time offset in whole samples and a fraction of at least 0 and below 1.
struct SampleShift {
  var whole: Int64
  var fraction: Double

  init(seconds: Double, sampleRate: SampleRate) {
    let samples = seconds * sampleRate.hertz
    let floor = samples.rounded(.down)
    // A tiny negative offset rounds to a whole sample.
    let rest = samples - floor
    whole = Int64(floor) + (rest >= 1 ? 1 : 0)
    fraction = rest >= 1 ? 0 : rest
  }
}
