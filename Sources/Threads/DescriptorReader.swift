import Foundation

/// Reads a pipe to its end, handing over what comes as soon as it comes.
///
/// Foundation's `FileHandle` either waits until a whole buffer is full or ends the process when a signal interrupts it.
///
/// - Parameters:
///   - descriptor: open for reading; left open.
///   - body: called with every piece, never empty.
public func readToEnd(of descriptor: Int32, _ body: (Data) -> Void) {
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count > 0 {
      body(Data(buffer[..<count]))
    } else if count == 0 || errno != EINTR {
      return
    }
  }
}
