import Foundation

/// Acknowledgements come by the thousand each second. Without late blocks they are two numbers in a fixed text, which is read
/// and written without the general reader and writer of JSON; their bytes are the same.
extension ControlMessage.Acknowledge {
  private static let parts = [#"{"body":{"credit":"#, #","durable":"#, #"},"type":"acknowledge"}"#]

  /// The bytes of the message; nil when late blocks are to be told.
  var plainFrame: Data? {
    guard late == nil else { return nil }
    return Data("\(Self.parts[0])\(credit)\(Self.parts[1])\(durable)\(Self.parts[2])".utf8)
  }

  /// Reads a message of exactly these bytes; nil for any other text, which may be one all the same.
  init?(plainFrame frame: Data) {
    let numbers = frame.withUnsafeBytes { bytes -> (UInt64, UInt64)? in
      var position = 0
      func skip(_ part: String) -> Bool {
        let end = position + part.utf8.count
        guard end <= bytes.count, bytes[position..<end].elementsEqual(part.utf8) else { return false }
        position = end
        return true
      }
      func number() -> UInt64? {
        let first = position
        var value: UInt64 = 0
        while position < bytes.count, case let digit = bytes[position] &- 48, digit < 10 {
          let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
          let (sum, isTooLargeNow) = product.addingReportingOverflow(UInt64(digit))
          guard !isTooLarge, !isTooLargeNow else { return nil }
          value = sum
          position += 1
        }
        // JSON has no numbers that begin with a needless 0.
        return position == first + 1 || position > first && bytes[first] != 48 ? value : nil
      }
      guard skip(Self.parts[0]), let credit = number(), skip(Self.parts[1]), let durable = number(),
        skip(Self.parts[2]),
        position == bytes.count
      else { return nil }
      return (credit, durable)
    }
    guard let (credit, durable) = numbers else { return nil }
    self.init(durable: durable, credit: credit)
  }
}
