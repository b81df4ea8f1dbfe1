import Archive
import Correlator
import DarkMatter
import HDF5
import Inference
import Instruments
import Numerics
import Sky
import Testing
import Topology

extension ArchiveTests {
  @Suite struct Spins {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let up = LocalDirection(azimuth: 0, altitude: 90)
    static let resonance = BlochResponse(larmorFrequency: 15, relaxationTime: 0.05, spin: 1.5, gyromagneticRatio: -3e7)
    static let bandPlan = BandPlan(
      name: "wide", segment: 1_000_000_000, hop: 1_000_000_000, window: .rectangular, segmentsPerIntegration: 20,
      firstBin: 9, binCount: 22)
    static let field = IsotropicBackground(
      spectrum: .powerLaw(level: 4e-26, reference: 16, index: 0), lowestFrequency: 8, highestFrequency: 40,
      chirality: 0.5)

    /// Three places far apart, each with the spins given.
    static func layout(_ readout: SpinPrecession.Readout, angles: [Double]) -> ArchiveLayout {
      let sites = [
        Site(latitude: 50, longitude: 8), Site(latitude: 31, longitude: -32), Site(latitude: -12, longitude: 61),
      ]
      let spins = SpinPrecession(polarization: up, resonance: resonance, readout: readout)
      let nodes = sites.enumerated().map { number, site in
        Node(
          name: "n\(number)", site: site, sampleRate: SampleRate(128), unit: "T", blockSamples: 1000,
          instrument: .vectorSensor(
            VectorSensor(
              axes: angles.map {
                VectorSensor.Axis(name: "a\(Int($0))", direction: LocalDirection(azimuth: 90 - $0, altitude: 0))
              }, noise: NoiseModel(white: 1e-13), response: .lowPass(gain: 2, corner: 40), spins: spins)))
      }
      let topology = NetworkTopology(
        name: "spins", seed: 1, epoch: ExampleRun.epoch, duration: 60_000_000_000, synthesisBlock: 8_000_000_000,
        bands: [
          AnalysisBand(
            name: "wide", lowestFrequency: 9, highestFrequency: 30, segment: 1_000_000_000, overlap: 0,
            window: .rectangular, integration: 20_000_000_000)
        ], signals: [Signal(name: "dark", field: .isotropic(field))], nodes: nodes)
      return ArchiveLayout(
        runIdentifier: "run-s", topologyText: "name: spins\n", topology: topology, bands: [bandPlan], provenance: "{}")
    }

    /// An archive whose matrices are those expected: h_I Γ h_J* and white noise of 1e-26 T²/Hz in every readout.
    func write(_ path: String, _ layout: ArchiveLayout) throws {
      let writer = try ArchiveWriter(creating: path, layout: layout)
      let channels = layout.streams.flatMap { stream in
        stream.channels.indices.map { channel in (stream: stream, channel: channel) }
      }
      var values: [Double] = []
      for bin in 0..<Self.bandPlan.binCount {
        let frequency = Self.bandPlan.frequency(bin)
        // The response of section 3 once more: pairs along x follow R(f) + R(-f)*, along y R(f) - R(-f)*; here |γ| and the
        // calibration make |R(f0)| = 1, and a low-pass follows.
        let (r, s) = [frequency, -frequency].map {
          ComplexNumber.i / ComplexNumber(1, 2 * .pi * (15 - $0) * 0.05)
        }.pair
        let filter = ComplexNumber(2) / ComplexNumber(1, -frequency / 40)
        let responses = channels.map { filter * ($0.channel == 0 ? r + s.conjugate : r - s.conjugate) }
        for (i, first) in channels.enumerated() {
          for (j, second) in channels.enumerated() {
            let signal = Self.field.density(
              at: frequency, baseline: first.stream.earthFixedPosition - second.stream.earthFixedPosition,
              first.stream.channels[first.channel].earthFixedDirection,
              second.stream.channels[second.channel].earthFixedDirection)
            let value = signal * (responses[i] * responses[j].conjugate) + ComplexNumber(i == j ? 1e-26 : 0)
            values += [value.real, value.imaginary]
          }
        }
      }
      try writer.append(
        CrossSpectra(
          integration: 0, segments: 4000, present: channels.map { _ in true }, values: values), band: 0)
      try writer.finish(status: .complete, accounting: [])
    }

    @Test func responseCalibrationAndTransferFunctionAreRecorded() throws {
      let path = folder.path("single.h5")
      let layout = Self.layout(.single, angles: [0, 90, 200])
      _ = try ArchiveWriter(creating: path, layout: layout).finish(status: .complete, accounting: [])
      let archive = try ArchiveReader(opening: path)
      #expect(archive.streams == layout.streams)
      #expect(try archive.topology() == layout.topology)
      let attributes = try File(opening: path).root.group("nodes").group("n1").attributes
      #expect(try attributes.string("spins").contains(#""gyromagneticRatio":-30000000"#))
      #expect(try attributes.string("response").contains("lowPass"))
      let frequencies = try attributes.doubles("transfer_frequencies")
      #expect(zip(frequencies, frequencies.dropFirst()).allSatisfy(<))
      #expect(frequencies.last == 64 && (frequencies.first ?? 1) < 0.01)
      // Near the resonance they are closer than its half width, 1/(2π T2) = 3.2 Hz.
      #expect(frequencies.count { abs($0 - 15) < 3.2 } > 10)
      let table = try attributes.doubles("transfer_function")
      try #require(table.count == 3 * frequencies.count * 6)
      for (k, frequency) in frequencies.enumerated() {
        // γ < 0: S_y runs ahead. East is x, north is y; channel 1 reads along y: b_y (R + R')/2 + i b_x (R - R')/2.
        let r = ComplexNumber.i / ComplexNumber(1, 2 * .pi * (15 - frequency) * 0.05)
        let s = (ComplexNumber.i / ComplexNumber(1, 2 * .pi * (15 + frequency) * 0.05)).conjugate
        let filter = ComplexNumber(2) / ComplexNumber(1, -frequency / 40)
        let expected = [filter * .i * (0.5 * (r - s)), filter * (0.5 * (r + s)), .zero]
        let row = 6 * (frequencies.count + k)
        for component in 0..<3 {
          let found = ComplexNumber(table[row + 2 * component], table[row + 2 * component + 1])
          #expect((found - expected[component]).magnitude < 1e-13, "\(frequency) Hz, \(component)")
        }
      }
      // Sensors without spins have a transfer function along their axes.
      let plain = ExampleRun().layout.streams[0]
      #expect(plain.spins == "null")
      let transfer = try #require(plain.transfer)
      #expect(transfer.values[transfer.frequencies.count] == ComplexVector(SIMD3(0, 0.6, 0.8)))
    }

    @Test func manyChannelsHaveRoom() throws {
      let path = folder.path("many.h5")
      let layout = Self.layout(.single, angles: (0..<120).map { Double(3 * $0) })
      _ = try ArchiveWriter(creating: path, layout: layout).finish(status: .complete, accounting: [])
      #expect(try ArchiveReader(opening: path).streams == layout.streams)
      #expect(try ArchiveVerification(of: path).isWhole)
    }

    @Test func componentsOfPairsAreCalibratedAndFitted() throws {
      let path = folder.path("pair.h5")
      try write(path, Self.layout(.pairComponents, angles: [0, 90]))
      var options = BackgroundFitOptions()
      options.longitudinalFraction = 0
      let analysis = try ArchiveAnalysis.run(path: path, options: options, provenance: "{}", storing: false)
      let fit = try #require(analysis.bands.first?.fit)
      #expect(fit.detection.isSignificant)
      // The matrices are the expected ones, so the fit finds the truth up to its numerics, far below its errors.
      #expect(abs(fit.model.amplitude / 4e-26 - 1) < 1e-4, "\(fit.model)")
      #expect(abs(fit.model.chirality - 0.5) < 1e-4)
      #expect(abs(fit.model.spectralIndex) < 1e-3)
    }

    @Test func circularChannelsAreRefusedByName() throws {
      for (readout, angles, channel) in [
        (SpinPrecession.Readout.single, [0.0], "n0"), (.pairRecords, [0, 0], "n0/a0"),
        // Askew components are linear up to the leak of the other helicity, here several per cent.
        (.pairComponents, [0, 45], "n0/a45"),
      ] {
        var layout = Self.layout(readout, angles: angles)
        if readout == .pairRecords {
          for stream in layout.streams.indices { layout.streams[stream].channels[1].name = "b" }
        }
        let path = folder.path("\(readout).h5")
        try write(path, layout)
        let analysis = try ArchiveAnalysis.run(path: path, provenance: "{}", storing: false)
        #expect(analysis.bands.isEmpty)
        let reason = try #require(analysis.unanswered.first?.reason)
        #expect(reason.hasPrefix("channel \(channel) follows a circular component of the field: "))
        let percent = try #require(
          reason.split(separator: ": ").last?.split(separator: " ").first.flatMap { Double($0) })
        #expect(percent >= 1)
      }
    }
  }
}

extension [ComplexNumber] {
  fileprivate var pair: (ComplexNumber, ComplexNumber) { (self[0], self[1]) }
}
