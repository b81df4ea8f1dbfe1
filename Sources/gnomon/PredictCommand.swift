import ArgumentParser
import Foundation
import Glibc
import Prediction

/// `gnomon predict`: a batch calculator, JSON lines in and out.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Computes the formulas that everything else is built on: JSON lines in, JSON lines out.",
    discussion: """
      Reads one request a line from standard input and writes one response a line, in the same order:

        {"id": "a", "quantity": "network.gamma-isotropic", "inputs": {"mode": "longitudinal", "z": 1, ...}}
        {"id": "a", "value": 0.23913362692838294}

      A request at fault gets {"id": ..., "error": "why"} and affects no other; members beyond these three are \
      ignored, blank lines are skipped. Complex numbers are [re, im]. The exit code is 0 when all lines were read.
      """)

  @Flag(help: "End with exit code 1 when a response carries an error; all responses are written.")
  var strict = false

  @Flag(help: "Print all quantities with their inputs and units, and end.")
  var list = false

  @Option(help: "How to print the list.")
  var format: OutputFormat = .text

  func run() throws {
    if list {
      switch format {
      case .text: print(QuantityTable.all.map(\.listing).joined(separator: "\n\n"))
      case .json: try printJSON(QuantityTable.all)
      }
      return
    }
    let errors = try answerAll(from: FileHandle.standardInput.fileDescriptor)
    if strict && errors > 0 {
      complain("gnomon predict: \(errors) \(errors == 1 ? "response carries" : "responses carry") an error")
      throw ExitCode.failure
    }
  }

  /// Answers all lines of a file and returns how many of the answers are errors.
  ///
  /// What has come is answered before more is waited for, so that a program can ask and wait for the answer.
  private func answerAll(from input: Int32) throws -> Int {
    let chunk = 1 << 18
    var pending: [UInt8] = []
    var responses: [UInt8] = []
    var errors = 0

    func answer(_ line: UnsafeBufferPointer<UInt8>) {
      if case .error = Predictor.respond(to: line, appendingTo: &responses) { errors += 1 }
    }

    var ended = false
    while !ended {
      let kept = pending.count
      var count = 0
      pending.append(contentsOf: repeatElement(0, count: chunk))
      repeat {
        count = pending.withUnsafeMutableBytes { read(input, $0.baseAddress.map { $0 + kept }, chunk) }
      } while count < 0 && errno == EINTR
      guard count >= 0 else { throw CommandError("standard input: \(String(cString: strerror(errno)))") }
      pending.removeLast(chunk - count)
      ended = count == 0

      let consumed = pending.withUnsafeBufferPointer { bytes in
        var start = 0
        // The bytes kept from before hold no line feed.
        var search = kept
        while let end = bytes[search...].firstIndex(of: UInt8(ascii: "\n")) {
          answer(UnsafeBufferPointer(rebasing: bytes[start..<end]))
          (start, search) = (end + 1, end + 1)
        }
        if ended { answer(UnsafeBufferPointer(rebasing: bytes[start...])) }
        return start
      }
      pending.removeFirst(consumed)
      try write(responses)
      responses.removeAll(keepingCapacity: true)
    }
    return errors
  }

  private func write(_ bytes: [UInt8]) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress.map { $0 + written }, bytes.count - written) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw CommandError("standard output: \(String(cString: strerror(errno)))") }
      written += count
    }
  }
}
