import CKernels

/// CRC-32C of `samples` as they lie in memory, continued from `previous` (0 to start).
func blockChecksum(_ samples: UnsafeBufferPointer<Double>, continuing previous: UInt32 = 0) -> UInt32 {
  gnomon_crc32c(previous, samples.baseAddress, samples.count * 8)
}
