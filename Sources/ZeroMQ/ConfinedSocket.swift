/// A socket on its way from the thread that made it to the one that will own it.
public final class ConfinedSocket: @unchecked Sendable {
  // Whoever hands it on touches it no more.
  public let value: Socket

  public init(_ socket: Socket) {
    value = socket
  }
}
