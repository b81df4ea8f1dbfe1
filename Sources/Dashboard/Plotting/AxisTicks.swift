import Foundation

/// A mark on an axis.
public struct AxisTick: Hashable, Sendable {
  public var value: Double
  /// What is written beside it; nil for a minor mark.
  public var label: RichText?
}

/// The marks of one axis and the power of ten that their labels share.
public struct AxisTicks: Hashable, Sendable {
  public var ticks: [AxisTick]
  /// Exponent of the common factor of the labels; 0 when they show the numbers themselves.
  public var commonExponent: Int

  /// "10^-26" when the labels have a common factor.
  public var factor: RichText? {
    commonExponent == 0 ? nil : powerOfTen(commonExponent)
  }
}

extension AxisScale {
  /// Round numbers inside the axis: steps of 1, 2 or 5 times a power of ten; on a logarithmic axis decades, or 1-2-5, or
  /// round numbers when the range is below one decade.
  ///
  /// - Parameter maximumCount: most labelled marks that have room, at least 2; with 3 or 4 it can be exceeded by one or
  ///   two where there would be a single mark otherwise.
  public func ticks(maximumCount: Int = 7) -> AxisTicks {
    let maximumCount = max(2, maximumCount)
    switch kind {
    case .linear: return linearTicks(maximumCount)
    case .logarithmic: return logarithmicTicks(maximumCount)
    }
  }

  private func linearTicks(_ maximumCount: Int) -> AxisTicks {
    let step = RoundStep.covering(upper - lower, maximumCount: maximumCount, lower: lower, upper: upper)
    let largest = max(abs(lower), abs(upper))
    let magnitude = Int(log10(largest).rounded(.down))
    let commonExponent = (magnitude >= 5 || magnitude < -3) ? magnitude : 0
    let digits = min(15, max(0, commonExponent - step.exponent))
    var ticks: [AxisTick] = []
    for multiple in step.multiples(from: lower, to: upper) {
      let label = typographic(String(format: "%.\(digits)f", step.value(multiple, shiftedBy: -commonExponent)))
      ticks.append(AxisTick(value: step.value(multiple), label: RichText(plain: label)))
    }
    let fine = step.finer
    for multiple in fine.multiples(from: lower, to: upper) where !fine.isMultiple(multiple, of: step) {
      ticks.append(AxisTick(value: fine.value(multiple), label: nil))
    }
    return AxisTicks(ticks: ticks, commonExponent: commonExponent)
  }

  private func logarithmicTicks(_ maximumCount: Int) -> AxisTicks {
    let decades = log10(upper / lower)
    let first = Int(log10(lower).rounded(.down))
    let last = Int(log10(upper).rounded(.up))
    let inside = { (value: Double) in value >= lower * (1 - 1e-12) && value <= upper * (1 + 1e-12) }
    var labelled: [(mantissa: Int, exponent: Int)] = []
    var stride = 1
    if decades < 0.9 {
      let step = RoundStep.covering(upper - lower, maximumCount: maximumCount, lower: lower, upper: upper)
      return AxisTicks(
        ticks: step.multiples(from: lower, to: upper).map { multiple in
          let value = step.value(multiple)
          return AxisTick(value: value, label: Self.label(value, digits: step, plain: inPlainRange))
        }, commonExponent: 0)
    }
    for exponent in first...last {
      for mantissa in [1, 2, 5] where inside(decimal(mantissa, exponent)) {
        labelled.append((mantissa, exponent))
      }
    }
    if labelled.count > maximumCount || decades > 2.5 {
      labelled = labelled.filter { $0.mantissa == 1 }
      let strides = [1, 2, 3, 5, 10, 20, 50, 100, 200]
      let decades = labelled.map(\.exponent)
      stride = strides.first { step in decades.count { $0.isMultiple(of: step) } <= maximumCount } ?? 500
      labelled = labelled.filter { $0.exponent.isMultiple(of: stride) }
    }
    var ticks = labelled.map { mark in
      AxisTick(
        value: decimal(mark.mantissa, mark.exponent),
        label: inPlainRange
          ? RichText(plain: plainDecimal(mark.mantissa, mark.exponent))
          : (mark.mantissa == 1 ? "" : RichText(plain: "\(mark.mantissa)×")) + powerOfTen(mark.exponent))
    }
    for exponent in first...last {
      for mantissa in stride == 1 ? Array(1...9) : [1] {
        let value = decimal(mantissa, exponent)
        if inside(value), !labelled.contains(where: { $0 == (mantissa, exponent) }) {
          ticks.append(AxisTick(value: value, label: nil))
        }
      }
    }
    return AxisTicks(ticks: ticks, commonExponent: 0)
  }

  /// Whether 0.01 or 2000 reads better here than a power of ten.
  private var inPlainRange: Bool { lower >= 0.9e-3 && upper <= 1.1e5 }

  private static func label(_ value: Double, digits step: RoundStep, plain: Bool) -> RichText {
    if plain {
      return RichText(plain: String(format: "%.\(max(0, -step.exponent))f", value))
    }
    let exponent = Int((log10(value) + 1e-9).rounded(.down))
    let digits = min(15, max(0, exponent - step.exponent))
    let mantissa = String(format: "%.\(digits)f", value / pow(10, Double(exponent)))
    return RichText(plain: "\(mantissa)×") + powerOfTen(exponent)
  }
}

/// A distance between marks: 1, 2 or 5 times a power of ten.
private struct RoundStep {
  var mantissa: Int
  var exponent: Int

  /// The smallest step that gives at most `maximumCount` marks; the one before where that leaves fewer than two, as one
  /// number alone does not tell the scale.
  static func covering(_ range: Double, maximumCount: Int, lower: Double, upper: Double) -> RoundStep {
    var step = RoundStep(mantissa: 1, exponent: Int(log10(range / Double(maximumCount)).rounded(.down)) - 1)
    var finer = step
    while step.multiples(from: lower, to: upper).count > maximumCount {
      finer = step
      step = step.next
    }
    return maximumCount > 2 && step.multiples(from: lower, to: upper).count < 2 ? finer : step
  }

  var next: RoundStep {
    switch mantissa {
    case 1: RoundStep(mantissa: 2, exponent: exponent)
    case 2: RoundStep(mantissa: 5, exponent: exponent)
    default: RoundStep(mantissa: 1, exponent: exponent + 1)
    }
  }

  /// The step of the minor marks.
  var finer: RoundStep {
    switch mantissa {
    case 1: RoundStep(mantissa: 2, exponent: exponent - 1)
    case 2: RoundStep(mantissa: 5, exponent: exponent - 1)
    default: RoundStep(mantissa: 1, exponent: exponent)
    }
  }

  func isMultiple(_ multiple: Int, of coarse: RoundStep) -> Bool {
    let ratio = coarse.mantissa * (coarse.exponent > exponent ? 10 : 1) / mantissa
    return multiple.isMultiple(of: ratio)
  }

  func multiples(from lower: Double, to upper: Double) -> Range<Int> {
    let width = value(1)
    // Ends that are round but for rounding count as inside.
    let first = Int((lower / width - 1e-6).rounded(.up))
    let last = Int((upper / width + 1e-6).rounded(.down))
    return first..<max(first, last + 1)
  }

  /// The multiple as a number, divided by a power of ten so that 3 x 0.1 is 0.3.
  func value(_ multiple: Int, shiftedBy shift: Int = 0) -> Double {
    decimal(multiple * mantissa, exponent + shift)
  }
}

/// mantissa x 10^exponent, correctly rounded where the power is exact.
private func decimal(_ mantissa: Int, _ exponent: Int) -> Double {
  exponent < 0 ? Double(mantissa) / pow(10, Double(-exponent)) : Double(mantissa) * pow(10, Double(exponent))
}

private func plainDecimal(_ mantissa: Int, _ exponent: Int) -> String {
  String(format: "%.\(max(0, -exponent))f", decimal(mantissa, exponent))
}

/// 10 with the exponent raised.
func powerOfTen(_ exponent: Int) -> RichText {
  RichText(plain: "10") + RichText(markup: "^{\(typographic(String(exponent)))}")
}

/// The number with a true minus sign.
func typographic(_ number: String) -> String {
  number.replacing("-", with: "−")
}
