import DarkMatter

/// Clocks that are searched together for couplings which all of them answer to, in the same proportion.
public struct CommonClockSearch: Hashable, Sendable {
  /// Numbers of the clocks.
  public var members: [Int]
  /// How each answers, relative to the first.
  public var shares: [Double]
  /// Each with the coefficient of the first member.
  public var couplings: [ClockCoupling]
  public var coefficients: [Double]

  /// The couplings with their coefficients, as a search takes them.
  public var answering: [(ClockCoupling, coefficient: Double)] {
    zip(couplings, coefficients).map { ($0, coefficient: $1) }
  }

  public init(members: [Int], shares: [Double], couplings: [ClockCoupling], coefficients: [Double]) {
    self.members = members
    self.shares = shares
    self.couplings = couplings
    self.coefficients = coefficients
  }

  /// All searches of two clocks or more.
  ///
  /// - Parameter clocks: how each clock answers to the constants.
  public static func all(of clocks: [ScalarCouplings]) -> [CommonClockSearch] {
    var searches: [CommonClockSearch] = []
    for coupling in ClockCoupling.allCases {
      let answers = clocks.map { coupling.coefficient(in: $0) }
      let members = answers.indices.filter { answers[$0] != 0 }
      guard members.count > 1, let first = members.first else { continue }
      let shares = members.map { answers[$0] / answers[first] }
      let known = searches.firstIndex { common in
        common.members == members && zip(common.shares, shares).allSatisfy { abs($0 - $1) <= 1e-9 * abs($1) }
      }
      if let known {
        searches[known].couplings.append(coupling)
        searches[known].coefficients.append(answers[first])
      } else {
        searches.append(
          CommonClockSearch(members: members, shares: shares, couplings: [coupling], coefficients: [answers[first]]))
      }
    }
    return searches
  }
}
