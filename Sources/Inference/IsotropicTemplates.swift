import DarkMatter

/// The two-point tensors of an isotropic background, contracted with the axes of a network.
enum IsotropicTemplates {
  /// Order of the templates: amplitudes a_L, a_T, a_V.
  static var tensors: [TwoPointTensor] { [.longitudinal, .transverse, .chirality] }

  /// Computes l_I Γ(x_I - x_J, |p|(f)) l_J for every pair, bin and tensor.
  ///
  /// - Returns: order [tensor][bin][I][J], symmetric in I and J.
  static func make(geometry: NetworkGeometry, frequencies: [Double], restFrequency: Double) -> [Double] {
    let channels = geometry.channelCount
    let bins = frequencies.count
    var templates = [Double](repeating: 0, count: tensors.count * bins * channels * channels)
    let wavenumbers = frequencies.map { wavenumber(frequency: $0, restFrequency: restFrequency) }
    for first in 0..<channels {
      for second in first..<channels {
        let baseline = geometry.baseline(first, second)
        for (number, tensor) in tensors.enumerated() {
          for bin in 0..<bins {
            let value = tensor.contraction(
              z: wavenumbers[bin] * baseline.length, baseline: baseline.direction, geometry.directions[first],
              geometry.directions[second])
            let matrix = (number * bins + bin) * channels
            templates[(matrix + first) * channels + second] = value
            templates[(matrix + second) * channels + first] = value
          }
        }
      }
    }
    return templates
  }
}
