/// Text of the report as it is printed on paper: true minus signs, `3.1e-13` as 3.1×10⁻¹³, `10^-34` and `GeV^-1` with raised
/// exponents, and the symbols of quantities such as `P_V` or `d_mhat` with lowered letters.
///
/// What is no number and no symbol stays as it is: names of stations and files, dates, hyphens between words.
///
/// - Parameter text: plain text, as the terminal shows it.
func typeset(_ text: String) -> RichText {
  var result = RichText(plain: "")
  var plain = ""
  var rest = Substring(text)
  var previous: Character = " "
  while !rest.isEmpty {
    if !previous.isLetter, !previous.isNumber, previous != "_", previous != ".",
      let (found, length) = symbol(at: rest) ?? number(at: rest)
    {
      result = result + RichText(plain: plain) + found
      plain = ""
      previous = rest[rest.index(rest.startIndex, offsetBy: length - 1)]
      rest = rest.dropFirst(length)
    } else if let (power, length) = exponent(at: rest) {
      result = result + RichText(plain: plain) + power
      plain = ""
      previous = "0"
      rest = rest.dropFirst(length)
    } else {
      previous = rest.removeFirst()
      plain.append(previous)
    }
  }
  return result + RichText(plain: plain)
}

/// Symbols of quantities, the longest of those that begin alike first.
private let symbols: [(text: String, markup: RichText)] = [
  ("P_V", "$P$_V"), ("f_L", "$f$_L"), ("f_T", "$f$_T"), ("f_a", "$f$_a"), ("f_m", "$f$_m"), ("A_95", "$A$_{95}"),
  ("d_mhat", "$d$_m̂"), ("d_me", "$d$_{me}"), ("d_g", "$d$_g"), ("d_e", "$d$_e"), ("k_α", "$k$_α"), ("k_e", "$k$_e"),
  ("k_q", "$k$_q"), ("M_Pl", "$M$_{Pl}"), ("τ_c", "$τ$_c"),
]

private func symbol(at text: Substring) -> (RichText, length: Int)? {
  for (name, markup) in symbols where text.hasPrefix(name) {
    let next = text.dropFirst(name.count).first
    if next.map({ $0.isLetter || $0.isNumber || $0 == "_" }) != true { return (markup, name.count) }
  }
  return nil
}

/// A number that has a sign or a power of ten: `-2.5`, `3.12(18)e-26`.
private func number(at text: Substring) -> (RichText, length: Int)? {
  let isNegative = text.first == "-"
  let digits = text.dropFirst(isNegative ? 1 : 0)
  guard digits.first?.isWholeNumber == true else { return nil }
  let mantissa = digits.prefix { $0.isWholeNumber || $0 == "." || $0 == "(" || $0 == ")" }
  let after = digits.dropFirst(mantissa.count)
  guard after.first == "e" else {
    return isNegative ? (RichText(plain: "−"), 1) : nil
  }
  let power = after.dropFirst().prefix { $0 == "-" || $0.isWholeNumber }
  let next = after.dropFirst(1 + power.count).first
  guard let exponent = Int(power), next.map({ $0.isLetter || $0 == "_" }) != true else { return nil }
  return (
    RichText(plain: (isNegative ? "−" : "") + mantissa + "×") + powerOfTen(exponent),
    (isNegative ? 1 : 0) + mantissa.count + 1 + power.count
  )
}

/// `^-1`, `^2`.
private func exponent(at text: Substring) -> (RichText, length: Int)? {
  guard text.first == "^" else { return nil }
  let power = text.dropFirst().prefix { $0 == "-" || $0.isWholeNumber }
  guard Int(power) != nil else { return nil }
  return (RichText(markup: "^{\(typographic(String(power)))}"), 1 + power.count)
}
