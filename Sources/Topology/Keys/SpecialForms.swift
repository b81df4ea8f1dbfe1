import Sky

extension ValueForm where Value == Speed {
  /// `max` or a positive factor.
  static var speed: ValueForm<Speed> {
    let number = ValueForm<Double>.number(.positive)
    return ValueForm(
      shape: .either([.choice(["max"]), number.shape]),
      read: { source, reader in
        if case .scalar("max", _) = source.content { return .maximum }
        if case .scalar(let text, _) = source.content, DecimalNumber(text) != nil {
          return number.read(source, &reader).map { .factor($0) }
        }
        reader.fault(
          source, "\(source.shown) is no speed", remedy: "write max, or simulated seconds per second such as 1")
        return nil
      },
      write: { value, field in
        switch value {
        case .maximum: .scalar("max")
        case .factor(let factor): number.write(factor, field)
        }
      })
  }
}

extension ValueForm where Value == FieldUnit {
  /// One of the SI units that a channel can have.
  static var fieldUnit: ValueForm<FieldUnit> {
    let words = FieldUnit.all.map(\.word)
    return ValueForm(
      shape: .choice(words),
      read: { source, reader in
        if case .scalar(let text, _) = source.content {
          if let unit = FieldUnit.named(text) { return unit }
          if let unit = FieldUnit.all.first(where: { $0.amplitude.scale(ofUnit: text) != nil }) {
            reader.fault(
              source, "data are stored in SI units, and `\(text)` has a factor",
              remedy: "write \(unit.word); noise and signals may be given in \(text)")
            return nil
          }
        }
        reader.fault(
          source, "\(source.shown) is no unit of a channel", remedy: "write one of \(words.joined(separator: ", "))")
        return nil
      },
      write: { value, _ in .scalar(value.word) })
  }
}

extension ValueForm where Value == String {
  /// A ZeroMQ endpoint: `tcp://HOST:PORT`, `tcp://HOST:*` or `ipc://PATH`.
  static var endpoint: ValueForm<String> {
    let pattern = "^(tcp://.+:([0-9]+|\\*)|ipc://.+)$"
    return ValueForm(
      shape: .text(pattern: pattern),
      read: { source, reader in
        let remedy = "write tcp://127.0.0.1:PORT, tcp://127.0.0.1:* for any free port, or ipc://PATH"
        guard let text = source.text(&reader, expected: "an endpoint", remedy: remedy) else { return nil }
        guard let endpoint = Endpoint(text) else {
          reader.fault(source, "`\(text)` is no endpoint", remedy: remedy)
          return nil
        }
        if case .tcp(let host, _) = endpoint, !Endpoint.isLoopback(host), !reader.allowsOpenEndpoint {
          reader.fault(
            source, "`\(host)` can be reached from other machines",
            remedy: "use 127.0.0.1, or pass --insecure to accept anyone's data")
          return nil
        }
        return text
      },
      write: { value, _ in .scalar(quoted(value)) })
  }
}

/// The parts of a ZeroMQ endpoint.
private enum Endpoint {
  /// `port` is nil for `*`.
  case tcp(host: String, port: Int?)
  case ipc(path: String)

  init?(_ text: String) {
    guard !text.contains(where: { $0.isWhitespace || $0.asciiValue.map { $0 < 33 } == true }) else { return nil }
    if text.hasPrefix("ipc://") {
      // The limit of a Unix socket's address, less its final zero.
      guard (7...113).contains(text.utf8.count) else { return nil }
      self = .ipc(path: String(text.dropFirst(6)))
      return
    }
    guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return nil }
    let start = text.index(text.startIndex, offsetBy: 6)
    guard start < colon else { return nil }
    let host = String(text[start..<colon])
    let port = text[text.index(after: colon)...]
    guard host.hasPrefix("[") ? host.hasSuffix("]") && host.count > 2 : !host.contains(":") else { return nil }
    if port == "*" {
      self = .tcp(host: host, port: nil)
    } else if let number = UInt16(port), number > 0 {
      self = .tcp(host: host, port: Int(number))
    } else {
      return nil
    }
  }

  static func isLoopback(_ host: String) -> Bool {
    if ["localhost", "[::1]", "lo"].contains(host) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension ValueForm where Value == GPSTime {
  /// An instant: UTC as `2026-01-01T00:00:00Z`, or GPS seconds.
  static var instant: ValueForm<GPSTime> {
    ValueForm(
      shape: .either([
        .text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|z)?)?$"), .number(.from(0, to: latestGPSSecond)),
      ]),
      read: { source, reader in
        let remedy = "write UTC such as 2026-01-01T00:00:00Z, or GPS seconds"
        guard let text = source.text(&reader, expected: "an instant", remedy: remedy) else { return nil }
        guard let number = DecimalNumber(text) else { return source.utc(text, remedy, &reader) }
        guard let nanoseconds = number.whole(shiftedBy: 9) else {
          reader.fault(source, "\(source.shown) is not a whole number of nanoseconds", remedy: remedy)
          return nil
        }
        return source.checked(GPSTime(nanoseconds: nanoseconds), &reader)
      },
      // A later table of leap seconds can move a UTC time of the future; GPS seconds are what they are.
      write: { value, _ in .scalar("\(decimalSeconds(value.nanoseconds)) # \(value.utcString)") })
  }
}

/// GPS seconds of 2080; a century's run from there still fits into 64 bits of nanoseconds.
private let latestGPSSecond: Double = 3_155_760_000

extension SourceValue {
  fileprivate func utc(_ text: String, _ remedy: String, _ reader: inout TopologyReader) -> GPSTime? {
    do throws(GPSTimeError) {
      return checked(try GPSTime(utc: text), &reader)
    } catch {
      if case .nonexistent(_, let reason) = error {
        reader.fault(self, "\(shown) is no instant of UTC: \(reason)", remedy: remedy)
      } else {
        reader.fault(self, "\(shown) is no instant", remedy: remedy)
      }
      return nil
    }
  }

  fileprivate func checked(_ time: GPSTime, _ reader: inout TopologyReader) -> GPSTime? {
    guard time.nanoseconds >= 0, Double(time.nanoseconds) <= latestGPSSecond * 1e9 else {
      reader.fault(self, "\(shown) is outside the years 1980 to 2080", remedy: "write a time in between")
      return nil
    }
    return time
  }
}
