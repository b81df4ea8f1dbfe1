import Protocol

/// Finds the messages in the bytes of a ZeroMQ connection: ZMTP 3 (RFC 23), a greeting of 64 bytes and then frames.
///
/// What is encrypted has frames as well; only they cannot be read.
struct MessageFramer {
  /// A part of the greeting, a command of the protocol, or a message with all of its frames.
  struct Message {
    var bytes: [UInt8]
    /// Where the contents of each frame lie in the bytes.
    var frames: [Range<Int>]
    /// Whether the peer would take it for another message if it came twice; commands and the greeting are no messages.
    var isRepeatable: Bool

    /// Adds to the clock offset that the header of a block claims; does nothing to other messages.
    mutating func stepClock(by seconds: Double) {
      guard frames.count == 2, frames[0].count == BlockHeader.size else { return }
      let place = frames[0]
      bytes.withUnsafeMutableBytes { bytes in
        let frame = UnsafeMutableRawBufferPointer(rebasing: bytes[place])
        guard var header = try? BlockHeader(decoding: UnsafeRawBufferPointer(frame)) else { return }
        header.clockOffset += seconds
        header.encode(into: frame)
      }
    }
  }

  private var buffer: [UInt8] = []
  /// Each side waits for parts of the other's greeting, so they pass as they come.
  private var restOfGreeting = 64

  /// Takes the next bytes of the connection.
  mutating func append(_ bytes: ArraySlice<UInt8>) { buffer += bytes }

  /// The next thing that is whole; nil when there is none yet.
  mutating func next() -> Message? {
    guard restOfGreeting == 0 else {
      let count = min(restOfGreeting, buffer.count)
      restOfGreeting -= count
      return count > 0 ? take(count, [], isRepeatable: false) : nil
    }
    var (position, frames) = (0, [Range<Int>]())
    while true {
      // Flags: bit 0 another frame follows, bit 1 the length has eight bytes, bit 2 a command.
      guard position < buffer.count else { return nil }
      let flags = buffer[position]
      let lengthSize = flags & 2 == 0 ? 1 : 8
      guard position + 1 + lengthSize <= buffer.count else { return nil }
      let length = buffer[(position + 1)..<(position + 1 + lengthSize)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let start = position + 1 + lengthSize
      guard length <= UInt64(buffer.count - start) else { return nil }
      frames.append(start..<(start + Int(length)))
      position = start + Int(length)
      if flags & 1 == 0 { return take(position, frames, isRepeatable: flags & 4 == 0) }
    }
  }

  private mutating func take(_ count: Int, _ frames: [Range<Int>], isRepeatable: Bool) -> Message {
    defer { buffer.removeFirst(count) }
    return Message(bytes: Array(buffer[..<count]), frames: frames, isRepeatable: isRepeatable)
  }
}
