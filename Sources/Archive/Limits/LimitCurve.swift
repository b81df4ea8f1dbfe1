import Foundation

/// An exclusion limit against mass, as text in the manner of AxionLimits: comments, then mass in eV and coupling.
public struct LimitCurve: Hashable, Sendable, Codable {
  /// Lines of the header without their `#`.
  public var comments: [String]
  /// eV.
  public var masses: [Double]
  /// In the unit that the last comment names.
  public var couplings: [Double]

  public init(comments: [String], masses: [Double], couplings: [Double]) {
    precondition(masses.count == couplings.count, "a coupling for each mass")
    self.comments = comments
    self.masses = masses
    self.couplings = couplings
  }

  /// Reads a file of this kind, ours or a published one.
  ///
  /// Rows that close a polygon for drawing, with a coupling of exactly 1 or 1e20, are no limits and are left out.
  ///
  /// - Parameters:
  ///   - text: the whole file.
  ///   - name: of the file, for messages.
  /// - Throws: `ArchiveError` with the line at fault.
  public init(parsing text: String, name: String) throws(ArchiveError) {
    self.init(comments: [], masses: [], couplings: [])
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { comments.append(parts[1].trimmingCharacters(in: .whitespaces)) }
      let fields = (parts.first ?? "").split(whereSeparator: \.isWhitespace)
      guard !fields.isEmpty else { continue }
      guard fields.count == 2, let mass = Double(fields[0]), let coupling = Double(fields[1]), mass > 0, coupling > 0,
        mass.isFinite
      else {
        throw ArchiveError(
          .wrongUse, path: name, problem: "line \(number + 1) is no pair of a mass and a coupling: \(line)",
          remedy: "give two positive numbers in a line, comments after #")
      }
      guard coupling != 1, coupling != 1e20 else { continue }
      masses.append(mass)
      couplings.append(coupling)
    }
  }

  /// The file's text; every number reads back to the same bits.
  public var text: String {
    comments.map { "# \($0)\n" }.joined() + zip(masses, couplings).map { "\($0) \($1)\n" }.joined()
  }
}
