import Numerics

/// `random`: the counter-based random numbers (physics pages vector-network, section 9.1, and clock, section 7b).
enum RandomNumbers {
  static let quantities = [
    Quantity(
      "random.philox-4x32-10", source: "vector-network.md 9.1", value: "list of 4 integers",
      Inputs.words("counter", count: 4), Inputs.words("key", count: 2)
    ) { counter, key in
      let block = Philox.block(
        SIMD4(counter[0], counter[1], counter[2], counter[3]), key: UInt64(key[0]) | UInt64(key[1]) << 32)
      return .integers([block[0], block[1], block[2], block[3]])
    },

    Quantity(
      "random.cell-gaussian", source: "vector-network.md 9.1", value: "complex number, mean square 1",
      seed,
      Inputs.integer("bin", 0...UInt64(UInt32.max), "k"),
      Inputs.integer("node", 0...UInt64(UInt32.max), "q"),
      mode
    ) { seed, bin, node, mode in
      let counter = SIMD4(UInt32(bin), UInt32(node), UInt32(mode), RandomTag.cell)
      return .complex(complexDeviate(counter, key: seed))
    },

    Quantity(
      "random.wave-gaussian", source: "vector-network.md 9.1",
      value: "object {velocity: [g0, g1, g2], amplitude: complex}",
      seed,
      Inputs.integer("wave", 0...UInt64.max, "n"),
      mode
    ) { seed, wave, mode in
      let low = UInt32(truncatingIfNeeded: wave)
      let high = UInt32(truncatingIfNeeded: wave >> 32)
      let velocity = NormalDeviates.four(SIMD4(low, high, 0, RandomTag.wave), key: seed)
      let amplitude = complexDeviate(SIMD4(low, high, 1 + UInt32(mode), RandomTag.wave), key: seed)
      return .object([
        ("velocity", .vector(SIMD3(velocity.x, velocity.y, velocity.z))), ("amplitude", .complex(amplitude)),
      ])
    },

    Quantity(
      "random.portable-noise", source: "clock.md 7(b)", value: "list of numbers: g_0 .. g_(count-1)",
      Inputs.integer("seed", 0...UInt64(UInt32.max)),
      Inputs.integer("count", 1...100_000)
    ) { seed, count in
      .numbers(Array(PortableNoise(seed: UInt32(seed)).prefix(Int(count))))
    },
  ]

  private static let seed = Inputs.integer("seed", 0...UInt64.max, "the key K")
  private static let mode = Inputs.integer("mode", 0...2, "0 = L, 1 = R, 2 = Lh")

  /// (g0 + i g1)/sqrt 2 of one counter.
  private static func complexDeviate(_ counter: SIMD4<UInt32>, key: UInt64) -> ComplexNumber {
    let deviates = NormalDeviates.four(counter, key: key)
    return ComplexNumber(deviates.x, deviates.y) * 0.5.squareRoot()
  }
}
