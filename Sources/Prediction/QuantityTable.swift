/// All quantities that can be asked for, by namespace.
public enum QuantityTable {
  public static let all: [Quantity] =
    NetworkCorrelations.quantities + NetworkForecasts.quantities + NetworkInstruments.quantities
    + ClockSignals.quantities + ClockSearches.quantities + RandomNumbers.quantities

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The quantity of a name.
  public static func quantity(named name: String) -> Quantity? { byName[name] }
}
