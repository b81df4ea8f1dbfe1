import CHDF5

/// An identifier of the library that is given back when the last owner lets go.
///
/// The library counts references to every kind of identifier alike, so one owner serves files, groups, datasets, types,
/// spaces and property lists.
final class Handle {
  let identifier: hid_t
  private var isOpen = true

  /// Makes a call and takes over the identifier it returns; a negative one is the call's failure.
  init(
    _ call: @autoclosure () -> hid_t, _ operation: @autoclosure () -> String, _ object: @autoclosure () -> String
  ) throws(HDF5Error) {
    identifier = try check(call(), operation(), object())
  }

  /// Gives the identifier back now, to hear of errors that `deinit` has to swallow.
  func close(_ operation: String, _ object: String) throws(HDF5Error) {
    guard isOpen else { return }
    isOpen = false
    // Closing a file also closes what was opened through it.
    guard H5Iis_valid(identifier) > 0 else { return }
    try check(H5Idec_ref(identifier), operation, object)
  }

  deinit {
    if isOpen, H5Iis_valid(identifier) > 0, H5Idec_ref(identifier) < 0 {
      H5Eclear2(0)
    }
  }
}
