import CHDF5

/// A call of the HDF5 library that failed: what was asked, of which object, and what the library said.
///
/// The library's own printing is switched off; its words are in `libraryMessages`.
public struct HDF5Error: Error, CustomStringConvertible, Sendable {
  /// What was attempted, such as "open the file".
  public var operation: String
  /// The file, or file and object (`run.h5:/nodes/berkeley/x`), it was attempted on.
  public var object: String
  /// The library's error stack, from the call that was made down to the cause.
  public var libraryMessages: [String]

  public init(operation: String, object: String, libraryMessages: [String] = []) {
    self.operation = operation
    self.object = object
    self.libraryMessages = libraryMessages
  }

  /// The operating system's error number when a system call was the cause, such as ENOSPC (28).
  public var systemErrorNumber: Int32? {
    for message in libraryMessages.reversed() {
      guard let start = message.firstRange(of: "errno = ")?.upperBound else { continue }
      return Int32(message[start...].prefix { $0.isNumber })
    }
    return nil
  }

  public var description: String {
    let said = libraryMessages.isEmpty ? "" : ": " + libraryMessages.joined(separator: "; ")
    return "HDF5 could not \(operation) (\(object))\(said)"
  }
}

/// Takes the library's error stack and leaves it empty.
func takeErrorStack() -> [String] {
  var messages: [String] = []
  withUnsafeMutablePointer(to: &messages) { pointer in
    _ = H5Ewalk2(
      0, H5E_WALK_DOWNWARD,
      { _, entry, context in
        guard let entry, let context else { return 0 }
        let function = entry.pointee.func_name.map { String(cString: $0) } ?? "?"
        let text = entry.pointee.desc.map { String(cString: $0) } ?? "no description"
        context.assumingMemoryBound(to: [String].self).pointee.append(
          "\(function): \(text.split(separator: "\n").joined(separator: " "))")
        return 0
      }, pointer)
  }
  H5Eclear2(0)
  return messages
}

/// Makes a call of the library and passes its result on, or throws when that is the sign of failure (negative).
@discardableResult
@inline(__always)
func check<Result: SignedInteger>(
  _ call: @autoclosure () -> Result, _ operation: @autoclosure () -> String, _ object: @autoclosure () -> String
) throws(HDF5Error) -> Result {
  gnomon_stop_printing()
  let result = call()
  if result < 0 {
    throw HDF5Error(operation: operation(), object: object(), libraryMessages: takeErrorStack())
  }
  return result
}
