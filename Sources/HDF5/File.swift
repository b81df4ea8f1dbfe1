import CHDF5

/// An open HDF5 file.
///
/// The C library is not thread safe: all files, groups and datasets of a process are confined to one thread at a time,
/// which is why none of these types is `Sendable`. Closing a file, or letting go of it and of all that was opened
/// through it, closes everything it holds.
///
///     let file = try File(creating: "numbers.h5")
///     let numbers = try file.root.createDataset("x", of: .float64, chunk: [1024])
///     try numbers.setLength(3)
///     try [1.0, 2.0, 3.0].withUnsafeBytes { try numbers.write($0, at: 0, count: 3) }
///     try file.close()
public final class File {
  /// How an existing file is opened.
  public enum Access: Sendable {
    case readOnly
    /// Follows a file that another process writes (single writer, multiple readers).
    case followWriter
    case readWrite
    /// Opens what a killed writer left behind: drops its mark and takes the file's length as it is, not as the
    /// superblock says. Only safe when the writer is gone.
    case recover
  }

  public let path: String
  let handle: Handle

  /// Creates a file in the 1.10 format, which single-writer/multiple-reader access needs.
  ///
  /// - Parameters:
  ///   - path: where; the folder must exist.
  ///   - replace: false refuses a file that exists.
  /// - Throws: `HDF5Error`.
  public init(creating path: String, replace: Bool = false) throws(HDF5Error) {
    self.path = path
    let access = try Self.accessProperties(path)
    let flags = replace ? gnomon_H5F_ACC_TRUNC() : gnomon_H5F_ACC_EXCL()
    handle = try Handle(H5Fcreate(path, flags, 0, access.identifier), "create the file", path)
  }

  /// Opens an existing file.
  ///
  /// - Throws: `HDF5Error`, also for a file that another process has open in a way that excludes this one.
  public init(opening path: String, _ mode: Access = .readOnly) throws(HDF5Error) {
    self.path = path
    let access = try Self.accessProperties(path)
    let flags: UInt32
    switch mode {
    case .readOnly: flags = gnomon_H5F_ACC_RDONLY()
    case .followWriter:
      flags = gnomon_H5F_ACC_RDONLY() | gnomon_H5F_ACC_SWMR_READ()
      // What does not fit its checksum may be half written, so the library looks again, each time after twice as long. Its own
      // 100 times are for ever where the file is damaged; 26 are a tenth of a second.
      try check(H5Pset_metadata_read_attempts(access.identifier, 26), "limit how often is read", path)
    case .readWrite: flags = gnomon_H5F_ACC_RDWR()
    case .recover:
      flags = gnomon_H5F_ACC_RDWR()
      try check(gnomon_set_recovery(access.identifier), "prepare a recovery", path)
    }
    handle = try Handle(H5Fopen(path, flags, access.identifier), "open the file", path)
    if mode == .recover {
      try check(H5Fincrement_filesize(handle.identifier, 0), "take over the length of the file", path)
    }
  }

  /// Opens an existing file for reading through a driver of our own.
  /// - Parameter driver: its identifier.
  init(opening path: String, driver: hid_t) throws(HDF5Error) {
    self.path = path
    let access = try Self.accessProperties(path)
    try check(H5Pset_driver(access.identifier, driver, nil), "choose the driver", path)
    handle = try Handle(H5Fopen(path, gnomon_H5F_ACC_RDONLY(), access.identifier), "open the file", path)
  }

  /// What the driver of our own keeps of the file, for as long as it is open.
  func driverFile<Contents>(as type: Contents.Type) throws(HDF5Error) -> UnsafeMutablePointer<Contents> {
    var contents: UnsafeMutableRawPointer?
    try check(H5Fget_vfd_handle(handle.identifier, 0, &contents), "ask for the driver", path)
    guard let contents else { throw HDF5Error(operation: "ask for the driver", object: path) }
    return contents.assumingMemoryBound(to: Contents.self)
  }

  private static func accessProperties(_ path: String) throws(HDF5Error) -> Handle {
    let access = try Handle(H5Pcreate(gnomon_H5P_FILE_ACCESS()), "prepare access", path)
    try check(
      H5Pset_libver_bounds(access.identifier, H5F_LIBVER_V110, H5F_LIBVER_V110), "choose the file format", path)
    // Without the library's flock: a reader of any program that has the file open for a moment would make the next open, or
    // the start of following, fail. Who keeps writers apart is the caller.
    try check(H5Pset_file_locking(access.identifier, false, true), "do without locks", path)
    // Chunks on the pages of the system, which writes parts of pages at half the speed.
    try check(H5Pset_alignment(access.identifier, 1 << 16, 1 << 12), "align chunks", path)
    try check(H5Pset_fclose_degree(access.identifier, H5F_CLOSE_STRONG), "choose how the file closes", path)
    return access
  }

  /// The group `/`.
  public var root: Group {
    get throws(HDF5Error) { try Group(opening: "/", in: handle.identifier, file: self) }
  }

  /// Lets readers follow from now on. After this nothing may be created: only extended, written and flushed.
  ///
  /// The library does not refuse later creations, it fails when the file is closed; the caller keeps the rule.
  public func startSingleWriter() throws(HDF5Error) {
    try check(H5Fstart_swmr_write(handle.identifier), "let readers follow the file", path)
  }

  /// Hands everything written so far, including the superblock, to the operating system.
  public func flush() throws(HDF5Error) {
    try check(H5Fflush(handle.identifier, H5F_SCOPE_LOCAL), "flush the file", path)
  }

  /// Bytes from the start of the file to the end of what the library has allocated in it.
  public var allocatedSize: Int {
    get throws(HDF5Error) {
      var end: haddr_t = 0
      try check(H5Fget_eoa(handle.identifier, &end), "ask for the allocated size", path)
      return Int(end)
    }
  }

  /// Writes what is still in memory and closes the file and everything opened through it.
  public func close() throws(HDF5Error) {
    try handle.close("close the file", path)
  }
}
