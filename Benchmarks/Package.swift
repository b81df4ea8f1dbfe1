// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "gnomon-benchmarks",
  dependencies: [
    .package(name: "gnomon", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    .target(name: "CBounds"),
    .executableTarget(
      name: "gnomon-benchmarks",
      dependencies: [
        "CBounds",
        .product(name: "GnomonRooms", package: "gnomon"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
