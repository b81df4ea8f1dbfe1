import HDF5

extension ArchiveLayout.Stream {
  /// How its samples are stored.
  var sampleType: ElementType {
    switch sampleKind {
    case .real: .float64
    case .complex: .complex128
    }
  }
}

extension ArchiveLayout {
  /// Bytes that must stay free for a flush and a close: the tail of every channel, the last rows of every index and
  /// quality mask, and the library's own bookkeeping.
  var safetyMargin: Int {
    let tails = streams.reduce(0) { $0 + $1.channels.count * SampleAppender.chunk * $1.sampleType.size }
    let records = ArchiveFormat.indexChunk * IndexRow.type.size + ArchiveFormat.qualityChunk * 4
    return tails + streams.count * 2 * records + 512 << 10
  }

  /// Refuses names that cannot stand in the file.
  func validate(path: String) throws(ArchiveError) {
    for names in [streams.map(\.name), bands.map(\.name)] + streams.map({ $0.channels.map(\.name) }) {
      for (position, name) in names.enumerated()
      where name.isEmpty || name.contains("/") || name.hasPrefix(".") || names[..<position].contains(name) {
        throw ArchiveError(
          .wrongUse, path: path,
          problem: "the name \"\(name)\" of a stream, channel or band is empty, taken or no name",
          remedy: "use unique names of letters, digits, - and _")
      }
    }
    for stream in streams {
      let taken = ["index"] + (stream.readings == nil ? [] : [ReadingsRecord.dataset])
      guard let channel = stream.channels.first(where: { taken.contains($0.name) }) else { continue }
      throw ArchiveError(
        .wrongUse, path: path, object: "/nodes/\(stream.name)",
        problem: "a channel is named \(channel.name), as another dataset of its node is", remedy: "rename the channel")
    }
  }
}
