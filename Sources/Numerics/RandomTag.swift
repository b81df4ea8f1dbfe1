/// The tags that keep the uses of random numbers apart (section 9.1); each is four ASCII letters, first letter highest.
///
/// The first group goes into `Philox.derive`, the second is the last word of the counters drawn with a derived key.
public enum RandomTag {
  /// Key of a block of a signal made by method B, and of a block of coloured noise: "BLOC".
  public static let block: UInt32 = 0x424C_4F43
  /// Key of a block of a signal made by method C, from the covariance factor: "CHOL".
  public static let covarianceFactorBlock: UInt32 = 0x4348_4F4C
  /// Key of the wave list of a signal made by method A: "LIST".
  public static let waveList: UInt32 = 0x4C49_5354
  /// Key of the noise of one channel of a node: "NOIS".
  public static let noise: UInt32 = 0x4E4F_4953
  /// Key of the data gaps of a node: "GAPS".
  public static let dataGaps: UInt32 = 0x4741_5053

  /// Counters of the cells (bin, sky node or site component, mode): "SKYC".
  public static let cell: UInt32 = 0x534B_5943
  /// Counters of the waves of a list: "WAVE".
  public static let wave: UInt32 = 0x5741_5645
  /// Counters of white noise samples: "WHIT".
  public static let whiteNoise: UInt32 = 0x5748_4954
  /// Counters of the gaps of one day: "GAPE".
  public static let gapOfDay: UInt32 = 0x4741_5045
}
