/// Why a request has no value, in words for the one who made it.
struct PredictionError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
