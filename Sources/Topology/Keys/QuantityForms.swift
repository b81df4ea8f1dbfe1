import Sky

/// Seconds of the longest time that a topology can state: a century.
let longestTime: Double = 3_155_760_000

extension ValueForm where Value == Double {
  /// A number with a unit of `dimension`, in the model in its canonical unit.
  static func quantity(_ dimension: Dimension, _ bounds: Bounds = .any) -> ValueForm<Double> {
    ValueForm(
      shape: .quantity(dimension, bounds),
      read: { source, reader in source.quantity(dimension, bounds, &reader) },
      write: { value, _ in .scalar(dimension.text(of: value)) })
  }

  /// A number with a unit that depends on what the network measures.
  static func fieldQuantity(_ kind: FieldDimension, _ bounds: Bounds = .any) -> ValueForm<Double> {
    ValueForm(
      shape: .fieldQuantity(kind, bounds),
      read: { source, reader in source.quantity(kind.dimension(of: reader.field), bounds, &reader) },
      write: { value, field in .scalar(kind.dimension(of: field).text(of: value)) })
  }
}

extension ValueForm where Value == Int64 {
  /// A time as whole nanoseconds.
  static func time(_ bounds: Bounds) -> ValueForm<Int64> {
    let dimension = Dimension.time
    return ValueForm(
      shape: .quantity(dimension, bounds),
      read: { source, reader in
        guard source.quantity(dimension, bounds, &reader) != nil, case .scalar(let text, _) = source.content
        else { return nil }
        do throws(QuantityError) {
          return try Dimension.nanoseconds(of: text)
        } catch {
          reader.report(error, at: source, dimension)
          return nil
        }
      },
      write: { value, _ in .scalar(Dimension.text(ofNanoseconds: value)) })
  }
}

extension ValueForm where Value == SampleRate {
  /// A sample rate as an exact fraction.
  static var sampleRate: ValueForm<SampleRate> {
    let bounds = Bounds(minimum: 1e-6, maximum: 1e9)
    return ValueForm(
      shape: .sampleRate(bounds),
      read: { source, reader in
        guard let text = source.text(&reader, expected: "a frequency", remedy: "write a rate such as 512 Hz") else {
          return nil
        }
        do throws(QuantityError) {
          let rate = try Dimension.sampleRate(of: text)
          return source.check(rate.hertz, bounds, Dimension.frequency.text, &reader) ? rate : nil
        } catch {
          reader.report(error, at: source, .frequency)
          return nil
        }
      },
      write: { value, _ in .scalar(Dimension.text(of: value)) })
  }
}

extension SourceValue {
  /// The value in the canonical unit of `dimension`, or nil after a fault.
  fileprivate func quantity(_ dimension: Dimension, _ bounds: Bounds, _ reader: inout TopologyReader) -> Double? {
    let remedy = "write \(dimension.name) such as \(dimension.example)"
    guard let text = text(&reader, expected: dimension.name, remedy: remedy) else { return nil }
    do throws(QuantityError) {
      let value = try dimension.value(of: text)
      return check(value, bounds, dimension.text, &reader) ? value : nil
    } catch {
      reader.report(error, at: self, dimension)
      return nil
    }
  }
}

extension TopologyReader {
  fileprivate mutating func report(_ error: QuantityError, at source: SourceValue, _ dimension: Dimension) {
    let example = "write \(dimension.name) such as \(dimension.example)"
    switch error {
    case .noNumber:
      fault(source, "\(source.shown) does not start with a number", remedy: example)
    case .noUnit(let number):
      fault(
        source, "\(source.shown) has no unit",
        remedy: "\(dimension.name) needs one, such as `\(number) \(dimension.canonicalUnit)`")
    case .wrongDimension(let unit, let other):
      fault(source, "`\(unit)` is a unit of \(other), not of \(dimension.name)", remedy: example)
    case .unknownUnit(let unit):
      fault(source, "unknown unit `\(unit)`", remedy: example)
    case .notFinite:
      fault(source, "\(source.shown) is too large", remedy: "write a number below 1e308")
    case .notWholeNanoseconds:
      fault(source, "\(source.shown) is not a whole number of nanoseconds", remedy: "times are exact to 1 ns")
    case .notRational:
      fault(
        source, "\(source.shown) is no positive fraction of whole numbers up to 1e9",
        remedy: "write a rate such as 512 Hz, 0.1 Hz or 1/3 Hz")
    }
  }
}
