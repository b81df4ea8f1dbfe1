import CHDF5

/// Version of libhdf5, such as `1.10.8`.
public func hdf5LibraryVersion() -> String {
  var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
  H5get_libversion(&major, &minor, &release)
  return "\(major).\(minor).\(release)"
}

/// Whether libhdf5 was built so that several threads may use it at the same time.
public func hdf5LibraryIsThreadSafe() -> Bool {
  var isSafe: hbool_t = false
  return H5is_library_threadsafe(&isSafe) >= 0 && isSafe
}
