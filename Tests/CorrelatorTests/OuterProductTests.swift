import CKernels
import Numerics
import Testing

/// Spectra of 8 bins in the kernel's layout, and the sum of outer products by three loops.
private struct Example {
  static let capacity = 72
  let channels: Int
  let spectra: AlignedBuffer
  var stride: Int { Self.capacity * 16 }

  init(channels: Int) {
    self.channels = channels
    spectra = AlignedBuffer(count: channels * Self.capacity * 16)
    var stream = UniformStream(state: UInt64(channels))
    for index in 0..<spectra.count { spectra.pointer[index] = stream.next() }
  }

  func products(instructionSet: Int32, members: [Int32], slot: Int, segments: Int) -> AlignedBuffer {
    let result = AlignedBuffer(count: members.count * (members.count + 1) / 2 * 16)
    for index in 0..<result.count { result.pointer[index] = 0.25 }
    gnomon_outer_product(
      instructionSet, spectra.pointer + slot * 16, stride, members, members.count, segments, result.pointer)
    return result
  }

  /// The largest difference from the defining sum, over all elements and bins.
  func error(_ products: AlignedBuffer, members: [Int32], slot: Int, segments: Int) -> Double {
    var largest = 0.0
    var pair = 0
    for i in members.indices {
      for j in 0...i {
        for bin in 0..<8 {
          var real = 0.25
          var imaginary = 0.25
          for t in slot..<slot + segments {
            let a = spectra.pointer + Int(members[i]) * stride + t * 16 + bin
            let b = spectra.pointer + Int(members[j]) * stride + t * 16 + bin
            real += a[0] * b[0] + a[8] * b[8]
            imaginary += a[8] * b[0] - a[0] * b[8]
          }
          largest = max(largest, abs(products.pointer[pair * 16 + bin] - real))
          largest = max(largest, abs(products.pointer[pair * 16 + 8 + bin] - imaginary))
        }
        pair += 1
      }
    }
    return largest
  }
}

private let instructionSets = Array(0...gnomon_isa_detected())

@Suite struct OuterProductTests {
  @Test(arguments: instructionSets) func agreesWithThreeLoops(instructionSet: Int32) {
    for channels in Array(1...20) + [33, 48, 128] {
      let example = Example(channels: channels)
      let members = (0..<Int32(channels)).map { $0 }
      for segments in channels <= 5 ? Array(1...70) : channels <= 20 ? [1, 2, 3, 31, 64, 65, 70] : [1, 33, 70] {
        let products = example.products(instructionSet: instructionSet, members: members, slot: 1, segments: segments)
        // Sums of at most 140 products of magnitude 1 in another order.
        #expect(example.error(products, members: members, slot: 1, segments: segments) < 1e-13 * 70)
      }
    }
  }

  @Test(arguments: instructionSets) func takesASubsetOfChannels(instructionSet: Int32) {
    let example = Example(channels: 23)
    let members: [Int32] = [0, 3, 4, 9, 11, 12, 13, 17, 21, 22]
    let products = example.products(instructionSet: instructionSet, members: members, slot: 5, segments: 40)
    #expect(example.error(products, members: members, slot: 5, segments: 40) < 1e-12)
  }

  @Test(.enabled(if: gnomon_isa_detected() >= 2, "needs AVX-512")) func fusedInstructionSetsAgreeInEveryBit() {
    for channels in [1, 2, 3, 7, 12, 48, 128] {
      let example = Example(channels: channels)
      let members = (0..<Int32(channels)).map { $0 }
      let short = example.products(instructionSet: 1, members: members, slot: 0, segments: 70)
      let long = example.products(instructionSet: 2, members: members, slot: 0, segments: 70)
      #expect(short.buffer.elementsEqual(long.buffer))
    }
  }
}
