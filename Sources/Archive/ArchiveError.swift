import HDF5

/// What is wrong with an archive, or with what was asked of it: the file, the object in it, and the remedy.
public struct ArchiveError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A file is where a new one should go.
    case fileExists
    case fileMissing
    /// The file is not HDF5, not Gnomon's, or of an unknown version.
    case notAnArchive
    /// A group, dataset or attribute that the format requires is not there or is of another type.
    case missing
    /// An object is there, but what it says is impossible.
    case malformed
    /// A live process has the archive open for writing.
    case beingWritten
    /// The writer was killed; the archive needs `ArchiveRecovery` before it can be written to.
    case interrupted
    /// No space left; everything that was appended before is safe, and `finish` still works.
    case diskFull
    /// A call that the state of the archive or the shape of the data does not allow.
    case wrongUse
    /// HDF5 failed in another way.
    case library
  }

  public var kind: Kind
  public var path: String
  /// The object within the file, such as `/nodes/berkeley/index`; empty for the file itself.
  public var object: String
  public var problem: String
  public var remedy: String

  public init(_ kind: Kind, path: String, object: String = "", problem: String, remedy: String) {
    self.kind = kind
    self.path = path
    self.object = object
    self.problem = problem
    self.remedy = remedy
  }

  /// Wraps an error of the HDF5 layer, and recognises a full disk.
  init(_ error: HDF5Error, kind: Kind, path: String) {
    let full = error.systemErrorNumber == 28 || error.systemErrorNumber == 122  // ENOSPC, EDQUOT
    self.init(
      full ? .diskFull : kind, path: path, object: String(error.object.drop { $0 != ":" }.dropFirst()),
      problem: error.description,
      remedy: full ? "free some space, then recover the archive" : "run gnomon archive verify on the file")
  }

  public var description: String {
    "\(path)\(object.isEmpty ? "" : ":" + object): \(problem); \(remedy)"
  }
}

/// Runs `body` and turns what the HDF5 layer throws into an `ArchiveError` of the given kind.
@inline(__always)
func translatingErrors<Result>(
  _ path: String, _ kind: ArchiveError.Kind, _ body: () throws -> Result
) throws(ArchiveError) -> Result {
  do {
    return try body()
  } catch let error as ArchiveError {
    throw error
  } catch let error as HDF5Error {
    throw ArchiveError(error, kind: kind, path: path)
  } catch {
    throw ArchiveError(.library, path: path, problem: "\(error)", remedy: "run gnomon archive verify on the file")
  }
}
