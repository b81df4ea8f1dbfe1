import Correlator
import Foundation
import Protocol
import Synchronization
import Threads
import ZeroMQ

/// The thread that shows the run to spectators: owns the PUB socket, and drops what it cannot send in time.
///
/// Those who feed it never wait for it, so watching cannot slow a run.
final class SpectatorThread: Sendable {
  /// Messages that wait at most; the oldest go first.
  static let backlog = 256
  /// Points that a stretch of a stream is thinned to at most.
  static let points = 64

  private let queue = Mutex<(messages: [SpectatorMessage], closed: Bool)>(([], false))
  private let mailbox = Mailbox<Void>()
  private let layout: HubLayout
  private let units: [String]
  private let progress: HubProgress
  private let run: String
  let endpoint: String
  private let worker = Mutex<Worker?>(nil)

  /// Starts to listen.
  /// - Parameters:
  ///   - endpoint: where.
  ///   - units: of each stream.
  ///   - progress: shown once a second.
  ///   - prepare: sets the socket's security before it listens.
  /// - Throws: `ZeroMQError`.
  init(
    endpoint: String, layout: HubLayout, units: [String], progress: HubProgress, run: String, context: Context,
    prepare: (Socket) throws -> Void
  ) throws {
    self.layout = layout
    self.units = units
    self.progress = progress
    self.run = run
    let socket = ConfinedSocket(try Socket(.publish, in: context))
    try socket.value.setLinger(milliseconds: 3000)
    try socket.value.setHighWaterMark(Int32(Self.backlog))
    try prepare(socket.value)
    self.endpoint = try socket.value.bind(endpoint)
    worker.withLock { $0 = Worker("spectators") { [self] in try serve(socket.value) } }
  }

  /// Shows the samples of a slab that lies in the ring.
  func show(_ slab: CompletedSlab, in ring: SampleRing) {
    for (stream, layout) in layout.streams.enumerated() {
      let first = slab.number * Int64(layout.slabSamples)
      let count = Int(min(Int64(layout.slabSamples), layout.length - first))
      guard count > 0 else { continue }
      let step = (count + Self.points - 1) / Self.points
      let points = (count + step - 1) / step
      let size = layout.kind.size
      var values: [Double] = []
      values.reserveCapacity(2 * points * layout.channels.count)
      for channel in layout.channels.indices {
        let samples = ring.pointer(stream: stream, channel: channel, sample: first)
        for point in 0..<points {
          var (low, high) = (Double.infinity, -Double.infinity)
          for sample in point * step..<min(count, (point + 1) * step) {
            let value =
              size == 1 ? samples[sample] : hypot(samples[2 * sample], samples[2 * sample + 1])
            low = value < low ? value : low
            high = value > high ? value : high
          }
          values += low <= high ? [low, high] : [.nan, .nan]
        }
      }
      post(
        .stream(
          .init(
            node: layout.name, channels: layout.channels, unit: units[stream], firstSample: first,
            gpsNanoseconds: layout.rate.time(ofSample: first, epoch: self.layout.epoch).nanoseconds,
            sampleRate: layout.rate.hertz, step: step, points: points), values: values))
    }
  }

  /// Shows the spectra of an integration.
  func show(_ spectra: CrossSpectra, band: Int) {
    let plan = layout.bands[band]
    let channels = spectra.present.count
    var values: [Double] = []
    values.reserveCapacity(channels * plan.binCount)
    for channel in 0..<channels {
      for bin in 0..<plan.binCount {
        values.append(spectra.values[2 * ((bin * channels + channel) * channels + channel)])
      }
    }
    post(
      .product(
        .init(
          band: plan.name, integration: spectra.integration, segments: spectra.segments,
          firstFrequency: plan.frequency(0), resolution: plan.resolution, bins: plan.binCount, channels: channels),
        values: values))
  }

  /// Sends what waits and ends.
  func close() {
    queue.withLock { $0.closed = true }
    mailbox.post(())
    try? worker.withLock { $0 }?.join()
  }

  private func post(_ message: SpectatorMessage) {
    queue.withLock { queue in
      if queue.messages.count >= Self.backlog { queue.messages.removeFirst() }
      queue.messages.append(message)
    }
    mailbox.post(())
  }

  /// How the run gets on.
  private var status: SpectatorMessage {
    let snapshot = progress.snapshot
    return .status(
      .init(
        run: run, nodes: layout.streams.map(\.name), archived: snapshot.archived, totalSamples: snapshot.totalSamples,
        connected: snapshot.connected, refused: snapshot.refused))
  }

  private func serve(_ socket: Socket) throws {
    var lastStatus = ContinuousClock.now
    while true {
      _ = mailbox.take()
      let (messages, closed) = queue.withLock { queue in
        defer { queue.messages.removeAll(keepingCapacity: true) }
        return queue
      }
      let isDue = closed || ContinuousClock.now - lastStatus >= .seconds(1)
      if isDue { lastStatus = .now }
      for message in messages + (isDue ? [status] : []) {
        let frames = message.frames()
        for (index, frame) in frames.enumerated() { try socket.send(frame, more: index < frames.count - 1) }
      }
      if closed { return }
      try socket.wait(for: mailbox.wakeup, milliseconds: 1000)
    }
  }
}
