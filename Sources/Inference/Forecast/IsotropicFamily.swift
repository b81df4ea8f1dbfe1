import DarkMatter
import Glibc
import Numerics

extension TemplateFamily {
  /// The names of the parameters of an isotropic background, in the order of its family's tensors.
  public static let backgroundParameters = ["ln A", "f_L", "P_V", "index"]

  /// An isotropic background and its derivatives with ln A, f_L, P_V and the spectral index (sections 5.1, 7, 8).
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - background: the signal.
  ///   - bins: frequency in Hz and number of independent complex samples of each.
  public init(name: String, background: IsotropicBackground, bins: [(frequency: Double, samples: Double)]) {
    let reference: Double
    switch background.spectrum {
    case .powerLaw(_, let frequency, _): reference = frequency
    case .table(let frequencies, _):
      reference = ((frequencies.first ?? 1) * (frequencies.last ?? 1)).squareRoot()
    }
    self.init(
      name: name, labels: Self.backgroundParameters,
      cells: bins.map { bin in
        let density = background.density(at: bin.frequency)
        let momentum = wavenumber(frequency: bin.frequency, restFrequency: background.restFrequency)
        let slope = Glibc.log(bin.frequency / reference)
        return Cell(frequency: bin.frequency, samples: bin.samples) { _ in
          { separation in
            let z = momentum * length(separation)
            let baseline = unitVector(separation) ?? SIMD3()
            func tensor(_ mode: TwoPointTensor) -> CrossSpectralTensor {
              density * CrossSpectralTensor(mode.coefficients(z: z), baseline: baseline)
            }
            let signal = density * CrossSpectralTensor(background.polarization(z: z), baseline: baseline)
            return [
              signal, tensor(.longitudinal) + (-1) * tensor(.transverse), tensor(.chirality), slope * signal,
            ]
          }
        }
      }, rotation: .none)
  }

  /// Isotropic backgrounds of one spectrum, each of one mode.
  ///
  /// - Parameters:
  ///   - modes: names and tensors.
  ///   - background: spectrum and rest frequency.
  ///   - bins: frequency in Hz and number of independent complex samples of each.
  public init(
    modes: [(name: String, tensor: TwoPointTensor)], background: IsotropicBackground,
    bins: [(frequency: Double, samples: Double)]
  ) {
    self.init(
      name: "isotropic", labels: modes.map(\.name),
      cells: bins.map { bin in
        let density = background.density(at: bin.frequency)
        let momentum = wavenumber(frequency: bin.frequency, restFrequency: background.restFrequency)
        return Cell(frequency: bin.frequency, samples: bin.samples) { _ in
          { separation in
            let z = momentum * length(separation)
            let baseline = unitVector(separation) ?? SIMD3()
            return modes.map { density * CrossSpectralTensor($0.tensor.coefficients(z: z), baseline: baseline) }
          }
        }
      }, rotation: .none)
  }
}
