import Foundation
import Inference
import Topology

extension ArchiveReader {
  /// Asks questions about the samples of the streams.
  ///
  /// - Parameter progress: called with a line for every question that these data cannot answer.
  /// - Throws: `ArchiveError` for an archive without its topology; `InferenceError` for options that cannot be.
  func ask(_ questions: [any StreamQuestion], progress: (String) -> Void) throws -> [StreamAnswer] {
    let nodes = try topology().nodes
    let recorded = try streams.enumerated().map { number, stream in
      // Of an instrument that is not valid nothing is known.
      let readout = try? nodes.first { $0.name == stream.name }?.instrument.model.readout()
      return RecordedStream(
        name: stream.name, kind: stream.kind, channels: stream.channels.map(\.name), unit: stream.unit,
        sampleRate: stream.sampleRate, baseband: stream.baseband, sampleCount: try sampleCount(stream: number),
        response: stream.response, noise: stream.noise,
        statedDensity: readout.map { readout in { readout.noiseDensity(at: $0) } },
        samples: { try self.samples(stream: number, channel: $0, $1) })
    }
    return try questions.compactMap { question in
      do {
        return try question.answer(recorded)
      } catch let error as InferenceError where !error.isWrongUse {
        progress("\(question.name): \(error)")
      } catch let error as ArchiveError {
        // Samples that cannot be read do not take the answers from the matrices.
        progress("\(question.name): \(error)")
      }
      return nil
    }
  }
}
