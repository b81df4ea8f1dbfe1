import Glibc
import Numerics
import Testing

@Suite struct GaussLegendreTests {
  /// mpmath with 40 digits: nodes from the largest down, and their weights.
  @Test func mpmathValues() {
    let five = GaussLegendre(count: 5)
    let nodes = [0.906179845938663993, 0.538469310105683091, 0]
    let weights = [0.236926885056189088, 0.478628670499366468, 0.568888888888888889]
    for i in 0..<3 {
      #expect(abs(five.nodes[4 - i] - nodes[i]) < 2e-16 && abs(five.nodes[i] + nodes[i]) < 2e-16)
      #expect(abs(five.weights[4 - i] - weights[i]) < 4e-16 && five.weights[i] == five.weights[4 - i])
    }
    let many = GaussLegendre(count: 201)
    #expect(abs(many.nodes[200] - 0.999928783436264596) < 2e-16)
    #expect(abs(many.nodes[199] - 0.999624783181005061) < 2e-16)
    #expect(abs(many.nodes[101] - 0.0155903509048369473) < 2e-16)
    #expect(abs(many.weights[200] - 0.000182762531134539701) < 4e-16)
    #expect(abs(many.weights[199] - 0.000425393270446408342) < 4e-16)
    #expect(abs(many.weights[100] - 0.0155909825404386181) < 4e-16)
  }

  @Test(arguments: [1, 2, 3, 8, 14, 33, 64, 400])
  func orderSymmetryAndMoments(count: Int) {
    let rule = GaussLegendre(count: count)
    #expect(rule.nodes.count == count && rule.weights.count == count)
    for i in 0..<count {
      #expect(rule.nodes[i] == -rule.nodes[count - 1 - i] && rule.weights[i] > 0)
      if i > 0 { #expect(rule.nodes[i] > rule.nodes[i - 1]) }
    }
    if count % 2 == 1 { #expect(rule.nodes[count / 2] == 0) }
    // ∫ x^n from -1 to 1 for even n up to the degree of exactness.
    for power in Set([0, 2, count / 2 * 2, 2 * count - 2]) where power <= 2 * count - 1 {
      let moment = zip(rule.nodes, rule.weights).reduce(0) { $0 + pow($1.0, Double(power)) * $1.1 }
      #expect(abs(moment - 2 / Double(power + 1)) < 4e-15, "x^\(power)")
    }
    // The next power is not exact: the rule is not of a higher count in disguise.
    if count <= 14 {
      let moment = zip(rule.nodes, rule.weights).reduce(0) { $0 + pow($1.0, Double(2 * count)) * $1.1 }
      #expect(abs(moment - 2 / Double(2 * count + 1)) > 1e-9)
    }
  }
}
