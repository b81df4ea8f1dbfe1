import Foundation
import Testing

/// The executable that was built beside these tests.
private let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("gnomon").path

/// The top folder of the package.
private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: exchange with foreign programs: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("Exchange with foreign programs", .serialized, .enabled(if: canRun))
struct ExchangeTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder: Folder

  init() throws { folder = try Folder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @discardableResult
  private func run(_ arguments: String..., expecting status: Int32 = 0) throws -> PythonEnvironment.Output {
    let result = try PythonEnvironment.run([gnomon] + arguments)
    #expect(result.status == status, "\(arguments.joined(separator: " ")): \(result.errors)")
    return result
  }

  private func checksums(_ archive: String) throws -> (samples: String, products: String) {
    let seen = try PythonEnvironment.json(
      """
      import sys, json, h5py
      with h5py.File(sys.argv[1]) as f:
          print(json.dumps({name: f["checksums"][name][()].decode() for name in ("samples", "products")}))
      """, [archive])
    return (seen["samples"] as? String ?? "", seen["products"] as? String ?? "?")
  }

  /// Every sample is its own time, as astropy has it, so that a sample in the wrong place shows.
  @Test(
    "a tree of minute files by an independent program imports with the right times, over midnight and a leap second")
  func independentTree() throws {
    let seen = try PythonEnvironment.json(
      """
      import sys, json, os, h5py, numpy
      from astropy.time import Time
      root = sys.argv[1]
      ZERO = Time("2016-12-31T23:57:00", scale="utc").gps

      def write(station, date, clock, rate, seconds, fraction="000", equation="MagneticFields [T]", scale=1.0, text=False, bad=()):
          start = Time(f"{date[:4]}-{date[4:6]}-{date[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}.{fraction}", scale="utc")
          times = round((start.gps - ZERO) * 1e6) / 1e6 + numpy.arange(round(rate * seconds)) / rate
          folder = os.path.join(root, station, date[:4], date[4:6], date[6:])
          os.makedirs(folder, exist_ok=True)
          with h5py.File(os.path.join(folder, f"{station}_{date}_{clock}.hdf5"), "w") as f:
              data = f.create_dataset("MagneticFields", data=times / scale)
              sanity = f.create_dataset("SanityChannel", data=[0 if s in bad else 1 for s in range(seconds)])
              for dataset, r in ((data, rate), (sanity, 1)):
                  dataset.attrs["SamplingRate(Hz)"] = str(r) if text else r
                  dataset.attrs["Date"] = f"{date[:4]}/{date[4:6]}/{date[6:]}"
                  dataset.attrs["t0"] = f"{clock[:2]}:{clock[2:4]}:{clock[4:]}.{fraction}"
                  dataset.attrs["t1"] = (start + seconds / 86400).utc.strftime("%H:%M:%S.%f")[:-3]
              data.attrs["MagFieldEq"] = equation

      # One minute of each station begins at its own second, as in the network; a hole of 2 s; an hour's end of year between.
      write("mainz01", "20161231", "235808", 512, 60)
      write("mainz01", "20161231", "235908", 512, 60, bad=(3, 4))     # over the leap second, ends at 00:00:07
      write("mainz01", "20170101", "000007", 512, 60, text=True)
      write("mainz01", "20170101", "000109", 512, 60)
      write("krakow01", "20161231", "235960", 256, 60, equation="sqrt(MagneticFields**2)*4/2e-12 [pT]", scale=2.0)
      write("hayward01", "20161231", "235730", 128, 200, fraction="250")
      print(json.dumps({"zero": ZERO}))
      """, [path("tree")])
    let zero = try #require(seen["zero"] as? Double)
    try run(
      "archive", "import", path("tree"), "--output", path("a.h5"), "--band",
      "name: low, from: 1 Hz, to: 30 Hz, segment: 2 s, integration: 60 s, analysis: none", "--strict", "--quiet")
    try run("archive", "verify", path("a.h5"))
    try run("replay", path("a.h5"), "--check", "--quiet")
    try run("replay", path("a.h5"), "--hub", "local", "--check", "--quiet")
    let result = try PythonEnvironment.json(
      """
      import sys, json, h5py, numpy
      zero = float(sys.argv[2])
      out = {}
      with h5py.File(sys.argv[1]) as f:
          for name in ("mainz01", "krakow01", "hayward01"):
              group = f["nodes"][name]
              data = group["axis"]
              x, index = data[...], group["index"][...]
              # The nominal grid, and what the clock claims beside it.
              t = (group.attrs["epoch_ns"] / 1e9 - zero) + numpy.arange(len(x)) * data.attrs["dx"]
              t += numpy.repeat(index["clock_offset"], index["count"])
              good = ~numpy.isnan(x)
              out[name] = {"good": int(good.sum()), "error": float(abs(x - t)[good].max()), "first": float(t[good][0]),
                           "last": float(t[good][-1]), "mask": f["quality"][name][...].tolist(),
                           "unit": str(data.attrs["unit"])}
          out["epoch"] = int(f.attrs["epoch_ns"])
          out["counts"] = [int(r["sent"] - r["archived"] - r["declared_missing"]) for r in f["accounting"][...]]
          out["rows"] = len(f["products/low/segments"])
      print(json.dumps(out, default=lambda value: value.item()))
      """, [path("a.h5"), "\(zero)"])
    func station(_ name: String) throws -> [String: Any] { try #require(result[name] as? [String: Any]) }
    #expect(result["epoch"] as? Int == Int(zero + 30) * 1_000_000_000)
    #expect(result["counts"] as? [Int] == [0, 0, 0])
    #expect((result["rows"] as? Int ?? 0) > 2)
    let (mainz, krakow, hayward) = (try station("mainz01"), try station("krakow01"), try station("hayward01"))
    #expect(mainz["good"] as? Int == 512 * (4 * 60 - 2))
    #expect(krakow["good"] as? Int == 256 * 60)
    #expect(hayward["good"] as? Int == 128 * 200)
    for one in [mainz, krakow, hayward] { #expect((one["error"] as? Double ?? 1) < 1e-6) }
    // 23:58:08 is 68 s after the zero, the leap second 180 s, and 00:01:09 is 250 s, the leap second between.
    #expect(mainz["first"] as? Double == 68)
    #expect(abs((mainz["last"] as? Double ?? 0) - (310 - 1 / 512.0)) < 1e-6)
    #expect(krakow["first"] as? Double == 180)
    #expect(abs((hayward["first"] as? Double ?? 0) - 30.25) < 1e-6)
    // Seconds from the epoch, 23:57:30: the flagged ones are 23:59:11 and 12, the hole is 00:01:07 and 08.
    let mask = try #require(mainz["mask"] as? [Int])
    #expect(mask[100] == 1 && mask[101] == 256 && mask[102] == 256 && mask[103] == 1)
    #expect(mask[217] == 1 && mask[218] == 2 && mask[219] == 2 && mask[220] == 1)
  }

  /// A run without clock offsets, so that times on whole samples say it all.
  private func makeRun() throws -> String {
    try run(
      "up", "\(package)/topologies/two-stations.yaml", "--output", path("run"), "--no-report", "--quiet", "--set",
      "nodes.triad.clock.offset=0 s", "--set", "nodes.triad.clock.uncertainty=0 s", "--set",
      "nodes.single.gaps.intervals[0].length=3 s", "--set", "bands[0].analysis=none")
    return path("run/archive.h5")
  }

  @Test("gwpy and h5py read the exports: epoch, rate, unit, values and masks")
  func readExports() throws {
    let archive = try makeRun()
    try run("archive", "export", archive, "--format", "gwpy", "--output", path("all.hdf5"), "--quiet", "--level", "4")
    try run(
      "archive", "export", archive, "--format", "gwosc", "--output", path("open"), "--quiet", "--from", "4", "--until",
      "2026-01-01T00:00:20Z", "--unit", "pT")
    try run("archive", "export", archive, "--format", "gnome", "--output", path("tree"), "--nodes", "single", "--quiet")
    let seen = try PythonEnvironment.json(
      """
      import sys, json, glob, h5py, numpy
      from gwpy.timeseries import TimeSeries, TimeSeriesDict, StateVector
      archive, series, folder, tree = sys.argv[1:]
      same = lambda a, b: bool(((a == b) | (numpy.isnan(a) & numpy.isnan(b))).all())
      out = {"same": True}
      with h5py.File(archive) as f:
          raw = {f"{n}/{c}": f[f"nodes/{n}/{c}"][...] for n in ("triad", "single") for c in f["nodes"][n] if c != "index"}
          mask = f["quality/single"][...]
      for name, samples in raw.items():
          s = TimeSeries.read(series, path=name)
          out["same"] &= same(s.value, samples) and str(s.unit) == "T"
          out[name] = [s.t0.value, s.sample_rate.value, len(s)]
      out["dict"] = sorted(str(k) for k in TimeSeriesDict.read(series, group="triad"))
      state = StateVector.read(series, path="quality/single")
      out["state"] = same(state.value.astype(float), mask.astype(float)) and state.bits[0] in ("data", b"data")
      out["files"] = sorted(p.split("/")[-1] for p in glob.glob(folder + "/*"))
      for path in glob.glob(folder + "/*"):
          name = path.split("/")[-1].split("-")[1].replace("_GNOMON_", "/")
          s = TimeSeries.read(path, format="hdf5.gwosc")
          rate = int(s.sample_rate.value)
          out["same"] &= same(s.value, raw[name][4 * rate:20 * rate] * 1e12) and str(s.unit) == "pT"
          out["gwosc " + name] = [s.t0.value, s.sample_rate.value, len(s)]
          if name.startswith("single"):
              q = StateVector.read(path, format="hdf5.gwosc")
              out["gwosc mask"] = same(q.value.astype(float), mask[4:20].astype(float)) and q.t0.value == s.t0.value
      [minute] = glob.glob(tree + "/single/2026/01/01/*")
      out["minute"] = minute.split("/")[-1]
      with h5py.File(minute) as f:
          d, s = f["MagneticFields"], f["SanityChannel"]
          out["same"] &= same(d[...], raw["single/tilted"])
          text = lambda v: v.decode() if isinstance(v, bytes) else str(v)
          out["attributes"] = [text(d.attrs[k]) for k in ("Date", "t0", "t1", "MagFieldEq")] + [float(d.attrs["SamplingRate(Hz)"])]
          out["sanity"] = s[...].tolist() == (mask == 1).astype(float).tolist()
      print(json.dumps(out, default=lambda value: value.item()))
      """, [archive, path("all.hdf5"), path("open"), path("tree")])
    // 2026-01-01 by the GPS calendar with 18 leap seconds.
    let epoch = 1_451_260_818.0
    #expect(seen["same"] as? Bool == true)
    #expect(seen["triad/north"] as? [Double] == [epoch, 128, 4096])
    #expect(seen["single/tilted"] as? [Double] == [epoch, 64, 2048])
    #expect(seen["dict"] as? [String] == ["east", "north", "up"] || (seen["dict"] as? [String])?.count == 3)
    #expect(seen["state"] as? Bool == true)
    #expect(
      seen["files"] as? [String] == [
        "S-single_GNOMON_tilted-1451260822-16.hdf5", "T-triad_GNOMON_east-1451260822-16.hdf5",
        "T-triad_GNOMON_north-1451260822-16.hdf5", "T-triad_GNOMON_up-1451260822-16.hdf5",
      ])
    #expect(seen["gwosc triad/up"] as? [Double] == [epoch + 4, 128, 2048])
    #expect(seen["gwosc mask"] as? Bool == true)
    #expect(seen["minute"] as? String == "single_20260101_000000.hdf5")
    #expect(seen["sanity"] as? Bool == true)
    let attributes = try #require(seen["attributes"] as? [Any])
    #expect(attributes[0] as? String == "2026/01/01" && attributes[1] as? String == "00:00:00.000")
    #expect(attributes[2] as? String == "00:00:32.000" && attributes[3] as? String == "MagneticFields [T]")
    #expect(attributes[4] as? Double == 64)
  }

  @Test("what is exported and imported again is the same to the last bit, and so are the matrices made of it")
  func roundTrips() throws {
    let archive = try makeRun()
    let original = try checksums(archive)
    for format in ["gwpy", "csv", "gwosc"] {
      let exported = path("out-\(format)" + (format == "gwpy" ? ".h5" : ""))
      try run("archive", "export", archive, "--format", format, "--output", exported, "--quiet")
      try run(
        "archive", "import", exported, "--output", path("\(format).h5"), "--topology",
        "\(package)/topologies/two-stations.yaml", "--quiet", "--strict")
      try run("archive", "verify", path("\(format).h5"))
      let again = try checksums(path("\(format).h5"))
      // Every bit of every matrix.
      #expect(again.products == original.products, "\(format)")
      let equal = try PythonEnvironment.json(
        """
        import sys, json, h5py
        with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2]) as b:
            same = all(a["nodes"][n][c][...].tobytes() == b["nodes"][n][c][...].tobytes()
                       for n in ("triad", "single") for c in a["nodes"][n] if c != "index")
        print(json.dumps({"same": same}))
        """, [archive, path("\(format).h5")])
      #expect(equal["same"] as? Bool == true, "\(format)")
    }
    try run("archive", "export", archive, "--format", "gnome", "--nodes", "single", "--output", path("tree"), "--quiet")
    try run(
      "archive", "import", path("tree"), "--output", path("gnome.h5"), "--topology",
      "\(package)/topologies/two-stations.yaml", "--quiet", "--strict")
    try run("archive", "repack", archive, "--output", path("small.h5"), "--quiet", "--level", "9")
    let packed = try checksums(path("small.h5"))
    #expect(packed == original)
    let seen = try PythonEnvironment.json(
      """
      import sys, json, h5py
      with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2]) as b, h5py.File(sys.argv[3]) as c:
          x, y, z = (f["nodes/single/tilted"] for f in (a, b, c))
          t = c["nodes/triad/up"]
          print(json.dumps({"gnome": y[...].tobytes() == x[...].tobytes(), "packed": z[...].tobytes() == x[...].tobytes(),
                            "filters": [t.compression, bool(t.shuffle)], "attributes": bool(t.attrs["dx"] == 1 / 128)}))
      """, [archive, path("gnome.h5"), path("small.h5")])
    #expect(seen["gnome"] as? Bool == true)
    #expect(seen["packed"] as? Bool == true)
    #expect(seen["attributes"] as? Bool == true)
    #expect((seen["filters"] as? [Any])?.first as? String == "gzip")
  }
}
