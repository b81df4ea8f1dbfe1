// swift-tools-version: 6.1
import PackageDescription

/// A room of the house: a library target with the rooms below it that it may enter, and its test target.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], testResources: [String] = []) -> [Target] {
  [
    .target(name: name, dependencies: dependencies),
    .testTarget(
      name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies,
      resources: testResources.map { .copy($0) }),
  ]
}

let systemLibraries: [Target] = [
  // No pkgConfig for libzmq: its .pc file carries a flag that SwiftPM prohibits, and the module map links it.
  .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
  .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
  .systemLibrary(name: "CFFTW", pkgConfig: "fftw3", providers: [.apt(["libfftw3-dev"])]),
  .systemLibrary(name: "COpenBLAS", pkgConfig: "lapacke", providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
  .systemLibrary(name: "CERFA", pkgConfig: "erfa", providers: [.apt(["liberfa-dev"])]),
  .systemLibrary(name: "CLinux"),
  .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "gnomon",
  products: [
    .executable(name: "gnomon", targets: ["gnomon"]),
    // For the benchmarks, which are a package of their own so that users do not build them.
    .library(
      name: "GnomonRooms",
      targets: [
        "CKernels", "ZeroMQ", "HDF5", "Threads", "Numerics", "Sky", "Protocol", "DarkMatter", "Synthesis",
        "Instruments", "Topology", "Correlator", "Inference", "Hub", "Dashboard",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: systemLibraries + [.target(name: "CKernels")]
    + room("ZeroMQ", ["CZeroMQ"])
    + room("HDF5", ["CHDF5"])
    + room("Threads")
    + room("Security", [logging, "ZeroMQ", "Threads"])
    + room("Numerics", ["CFFTW", "COpenBLAS", "CKernels"])
    + room("Sky", ["CERFA", "Numerics"])
    + room("Protocol", ["CKernels", "Sky"])
    + room("DarkMatter", ["Numerics", "Sky"])
    + room("Synthesis", ["CKernels", "Numerics", "Sky", "DarkMatter"])
    + room("Instruments", ["Numerics", "Sky", "DarkMatter", "Synthesis"])
    + room("Topology", [yams, "Numerics", "Synthesis", "Sky", "DarkMatter", "Instruments"])
    + room("Correlator", ["CKernels", "Numerics", "Sky"])
    + room("Inference", ["CKernels", "Numerics", "Sky", "DarkMatter", "Correlator"])
    + room(
      "Planning", ["Numerics", "Sky", "DarkMatter", "Instruments", "Topology", "Correlator", "Inference"])
    + room("Prediction", ["Numerics", "Sky", "DarkMatter", "Instruments", "Inference"], testResources: ["Conformance"])
    + room(
      "Reproduction", ["Numerics", "Sky", "DarkMatter", "Synthesis", "Instruments", "Correlator", "Inference"])
    + room(
      "Archive",
      [
        "CKernels", "CLinux", "CSodium", "HDF5", "Numerics", "Sky", "Protocol", "DarkMatter", "Synthesis",
        "Instruments",
        "Topology", "Correlator", "Inference",
      ])
    + room(
      "Node",
      [
        logging, "CKernels", "CLinux", "Numerics", "ZeroMQ", "Threads", "Security", "Protocol", "Topology",
        "Instruments", "Synthesis", "Sky",
        "DarkMatter", "Archive",
      ])
    + room(
      "Hub",
      [
        logging, "CKernels", "CLinux", "Numerics", "ZeroMQ", "Threads", "Security", "Protocol", "Topology",
        "Correlator", "Archive",
        "Sky", "Instruments",
      ])
    + room(
      "Dashboard",
      ["Sky", "DarkMatter", "Topology", "Correlator", "Inference", "Planning", "Reproduction", "Archive"])
    + [
      // Tested with real processes in EndToEndTests.
      .target(
        name: "Launcher",
        dependencies: [
          "Security", logging, yams, "Numerics", "ZeroMQ", "Threads", "Protocol", "Topology", "Archive", "Node", "Hub",
        ]),
      .executableTarget(
        name: "gnomon",
        dependencies: [
          argumentParser, logging, "Node", "Hub", "Launcher", "Dashboard", "Archive", "Inference", "Planning",
          "Prediction", "Reproduction", "Topology", "DarkMatter", "Sky", "Threads", "Security", "Protocol", "ZeroMQ",
          "HDF5", "Numerics",
        ]),
      .testTarget(
        name: "EndToEndTests",
        dependencies: ["gnomon", yams, "Launcher", "Node", "Archive", "ZeroMQ", "Security", "Protocol"]),
      .testTarget(name: "InteropTests", dependencies: ["gnomon", "Numerics", "Sky", "Inference", "Archive"]),
    ],
  swiftLanguageModes: [.v6]
)
