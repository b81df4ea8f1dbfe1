import Foundation
import Testing

/// The executable that was built beside these tests.
private let gnomon = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
  .deletingLastPathComponent().appendingPathComponent("gnomon").path

/// The top folder of the package.
private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

private let quickstart = "\(package)/topologies/quickstart.yaml"

private let canRun: Bool = {
  if PythonEnvironment.pythonIsMissing { print("SKIPPED: foreign readers are not tested: python3 is not installed") }
  return !PythonEnvironment.pythonIsMissing
}()

@Suite("Strangers read the archive", .serialized, .enabled(if: canRun))
struct ForeignReaderTests {
  @Test("gwpy opens a channel with the right epoch, rate and unit; numpy recomputes its CRCs")
  func gwpy() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try PythonEnvironment.run([
      gnomon, "up", quickstart, "--output", folder, "--set", "duration=120 s", "--no-report", "--quiet",
    ])
    #expect(run.status == 0, "\(run.errors)")
    let seen = try PythonEnvironment.json(
      """
      import sys, json, h5py, numpy, crc32c
      from gwpy.timeseries import TimeSeries
      path = sys.argv[1]
      with h5py.File(path) as f:
          node = f["nodes/mainz01"]
          channel = [name for name in node if name != "index"][0]
          samples = node[channel][...]
          index = node["index"][...]
          good = all(crc32c.crc32c(samples[r["first_sample"]:r["first_sample"] + r["count"]].tobytes()) == r["crc32c"]
                     for r in index)
          product = f["products/low"] if "low" in f["products"] else f["products"][list(f["products"])[0]]
          matrices = product["spectra"][...]
          matrices = matrices["r"] + 1j * matrices["i"] if matrices.dtype.names else matrices
          hermitian = float(numpy.nanmax(abs(matrices - matrices.conj().transpose(0, 1, 3, 2))) / numpy.nanmax(abs(matrices)))
          parts = node.attrs["transfer_function"].reshape(len(node.attrs["channels"]), -1, 3, 2)
          transfer = parts[..., 0] + 1j * parts[..., 1]
          # The axis of mainz01 points down, and its response is flat.
          down = bool((transfer == [0, 0, -1]).all()) and transfer.shape[:2] == (1, len(node.attrs["transfer_frequencies"]))
          result = {"down": down, "blocks": len(index), "good": bool(good), "hermitian": hermitian, "nodes": len(f["nodes"])}
      series = TimeSeries.read(path, path="nodes/mainz01/" + channel, format="hdf5")
      result |= {"t0": series.t0.value, "rate": series.sample_rate.value, "unit": str(series.unit), "count": len(series),
                 "equal": bool((series.value == samples).all())}
      print(json.dumps(result))
      """, ["\(folder)/archive.h5"])
    #expect(seen["good"] as? Bool == true)
    #expect(seen["equal"] as? Bool == true)
    #expect(seen["down"] as? Bool == true)
    #expect(seen["nodes"] as? Int == 12)
    #expect(seen["rate"] as? Double == 512)
    #expect(seen["unit"] as? String == "T")
    #expect(seen["count"] as? Int == 120 * 512)
    #expect((seen["hermitian"] as? Double ?? 1) < 1e-15)
    // The quickstart's epoch, by Python's calendar: 18 leap seconds since 1980.
    let epoch = try PythonEnvironment.json(
      """
      import sys, json, re, datetime
      text = re.search(r"(?m)^epoch: *['\\"]?([0-9T:. -]+)", open(sys.argv[1]).read()).group(1).strip()
      then = datetime.datetime.fromisoformat(text) - datetime.datetime(1980, 1, 6)
      print(json.dumps({"gps": then.total_seconds() + 18}))
      """, [quickstart])
    #expect(seen["t0"] as? Double == epoch["gps"] as? Double)
  }

  @Test("h5py follows the archive while the hub writes it: lengths grow and the data do not change")
  func followsLive() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // The reader ends the run itself once it has seen enough, so nothing here waits for a clock.
    let seen = try PythonEnvironment.json(
      """
      import sys, json, os, signal, subprocess, time, h5py, numpy
      gnomon, topology, folder = sys.argv[1:]
      path = folder + "/archive.h5"
      run = subprocess.Popen([gnomon, "up", topology, "--output", folder, "--speed", "40", "--no-report", "--quiet"],
                             stdout=subprocess.DEVNULL)
      try:
          deadline = time.monotonic() + 60
          while not os.path.exists(path):
              assert run.poll() is None and time.monotonic() < deadline
          f = None
          while f is None:
              try: f = h5py.File(path, "r", libver="latest", swmr=True)
              except (OSError, BlockingIOError): assert run.poll() is None and time.monotonic() < deadline
          group = f["nodes/mainz01"]
          samples = group[[name for name in group if name != "index"][0]]
          lengths, seen = [], numpy.zeros(0)
          while len(set(lengths)) < 4:
              assert run.poll() is None and time.monotonic() < deadline, "the run ended before the reader saw it grow"
              samples.refresh()
              lengths.append(len(samples))
              if lengths[-1] > len(seen):
                  now = samples[:lengths[-1]]
                  assert (now[:len(seen)] == seen).all()
                  seen = now
          f.close()
      finally:
          run.send_signal(signal.SIGINT)
          status = run.wait(60)
      with h5py.File(path) as f:
          group = f["nodes/mainz01"]
          final = group[[name for name in group if name != "index"][0]][...]
      print(json.dumps({"growing": lengths == sorted(lengths), "same": bool((final[:len(seen)] == seen).all()),
                        "finite": bool(numpy.isfinite(seen).all()), "more": len(final) >= len(seen), "status": status}))
      """, [gnomon, quickstart, folder])
    #expect(seen["growing"] as? Bool == true)
    #expect(seen["same"] as? Bool == true)
    #expect(seen["finite"] as? Bool == true)
    #expect(seen["more"] as? Bool == true)
    #expect(seen["status"] as? Int == 1)
    let verification = try PythonEnvironment.run([gnomon, "archive", "verify", "\(folder)/archive.h5"])
    #expect(verification.status == 0, "\(verification.output)")
  }

  @Test("h5py and gwpy read complex baseband as complex128; numpy makes the same cross spectra of it")
  func complexBaseband() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gnomon-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // A centre frequency with an odd number of cycles in a segment: half overlapped, every second one begins half a
    // cycle later.
    let run = try PythonEnvironment.run([
      gnomon, "up", "\(package)/topologies/resonant-array.yaml", "--output", folder, "--set", "duration=60 s", "--set",
      "defaults.nodes.baseband=100000.5 Hz", "--set", "nodes.east.rate=96 Hz", "--set",
      "nodes.east.baseband=99.999 kHz",
      "--no-report", "--quiet",
    ])
    #expect(run.status == 0, "\(run.errors)")
    let seen = try PythonEnvironment.json(
      """
      import sys, json, h5py, numpy, crc32c
      from gwpy.timeseries import TimeSeries
      path = sys.argv[1]
      with h5py.File(path) as f:
          names = list(f.attrs["streams"])
          names = [n.decode() if isinstance(n, bytes) else n for n in names]
          nodes = [f["nodes"][n] for n in names]
          channels = [node["axis"][...] for node in nodes]
          good = all(crc32c.crc32c(z[r["first_sample"]:r["first_sample"] + r["count"]].tobytes()) == r["crc32c"]
                     for node, z in zip(nodes, channels) for r in node["index"][...])
          product = f["products/resonance"]
          frequencies = product["frequencies"][...]
          stored = numpy.array(product["spectra"][0])
          stored = stored["r"] + 1j * stored["i"] if stored.dtype.names else stored
          segments = int(product["segments"][0])
          spectra = []
          for node, z in zip(nodes, channels):
              rate = node.attrs["rate_numerator"] / node.attrs["rate_denominator"]
              centre = node.attrs["baseband"]
              n = int(2 * rate)
              w = numpy.sin(numpy.pi * numpy.arange(n) / n) ** 2
              x = []
              for s in range(segments):
                  start = s * n // 2
                  t = (start + numpy.arange(n)) / rate
                  # The analytic signal itself, by the definition of baseband, at each frequency of the band.
                  mixed = z[start:start + n] * w
                  turn = numpy.exp(2j * numpy.pi * ((frequencies[:, None] - centre) * (t - t[0])[None, :] % 1))
                  x.append(numpy.sqrt(1 / rate / (2 * sum(w ** 2))) * (turn @ mixed) * numpy.exp(-2j * numpy.pi * (centre * t[0] % 1)))
              spectra.append(x)
          x = numpy.array(spectra)
          expected = numpy.einsum("isk,jsk->kij", x, x.conj()) / segments
          error = float(abs(expected - stored).max() / abs(stored).max())
      series = TimeSeries.read(path, path="nodes/east/axis", format="hdf5")
      print(json.dumps({"good": bool(good), "type": str(channels[0].dtype), "error": error, "rate": series.sample_rate.value,
                        "gwpy": str(series.value.dtype), "equal": bool((series.value == channels[names.index("east")]).all()),
                        "level": float(numpy.mean([abs(stored[:, i, i]).mean() for i in range(8)]))}))
      """, ["\(folder)/archive.h5"])
    #expect(seen["good"] as? Bool == true)
    #expect(seen["type"] as? String == "complex128")
    #expect(seen["gwpy"] as? String == "complex128")
    #expect(seen["equal"] as? Bool == true)
    #expect(seen["rate"] as? Double == 96)
    #expect((seen["error"] as? Double ?? 1) < 1e-11)
    // Noise 1 fT²/Hz and a third of 0.64 fT²/Hz; 8 channels x 97 bins x 59 segments, half of them independent.
    #expect(abs((seen["level"] as? Double ?? 0) / 1.2133e-30 - 1) < 0.02)
  }
}
