import Foundation
import HDF5

/// A minute file as a station might have written it, good or bad.
struct MinuteFile {
  enum Value {
    case number(Double)
    case text(String)
    case numbers([Double])
  }

  var samples: [Double]
  var sanity: [Double]?
  var attributes: [String: Value]
  var sanityAttributes: [String: Value]

  init(
    _ samples: [Double], rate: Double, date: String, t0: String, equation: String = "MagneticFields [T]",
    sanity: [Double]? = nil
  ) {
    self.samples = samples
    self.sanity = sanity ?? [Double](repeating: 1, count: Int((Double(samples.count) / rate).rounded(.up)))
    attributes = [
      "SamplingRate(Hz)": .number(rate), "Date": .text(date), "t0": .text(t0), "MagFieldEq": .text(equation),
    ]
    sanityAttributes = ["SamplingRate(Hz)": .number(1), "Date": .text(date), "t0": .text(t0)]
  }

  func write(_ path: String) throws {
    let file = try File(creating: path, replace: true)
    let root = try file.root
    let data = try root.createFixedDataset("MagneticFields", of: .float64, extent: [samples.count])
    try samples.withUnsafeBytes { try data.writeAll($0) }
    try Self.set(attributes, data.attributes)
    if let sanity {
      let mask = try root.createFixedDataset("SanityChannel", of: .float64, extent: [sanity.count])
      try sanity.withUnsafeBytes { try mask.writeAll($0) }
      try Self.set(sanityAttributes, mask.attributes)
    }
    try file.close()
  }

  private static func set(_ values: [String: Value], _ attributes: Attributes) throws {
    for (name, value) in values {
      switch value {
      case .number(let number): try attributes.set(name, number)
      case .text(let text): try attributes.set(name, text)
      case .numbers(let numbers): try attributes.set(name, numbers)
      }
    }
  }
}
