/// The known name nearest to what was written, or nil when nothing is near.
///
/// Case and the choice of `-`, `_` or a space do not count; beyond that up to a third of the letters may differ.
func suggestion(for written: String, among names: [String]) -> String? {
  // Longer texts are no misspelt names, and their distance would cost time.
  guard written.count <= 64 else { return nil }
  let target = folded(written)
  let nearest = names.map { ($0, editDistance(target, folded($0))) }.min { $0.1 < $1.1 }
  guard let (name, distance) = nearest, distance <= max(1, target.count / 3), name != written else { return nil }
  return name
}

private func folded(_ name: String) -> [Character] {
  name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 }
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours count one each.
private func editDistance(_ first: [Character], _ second: [Character]) -> Int {
  var rows = [Array(0...second.count)]
  for i in 0..<first.count {
    var row = [i + 1] + Array(repeating: 0, count: second.count)
    for j in 0..<second.count {
      row[j + 1] = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (first[i] == second[j] ? 0 : 1))
      if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
        row[j + 1] = min(row[j + 1], rows[i - 1][j - 1] + 1)
      }
    }
    rows.append(row)
  }
  return rows[first.count][second.count]
}
