import Dashboard
import Testing

@Suite struct TextTests {
  @Test("text from outside cannot break a document")
  func escaping() {
    #expect(escapedXML("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;")
    #expect(escapedXML("\u{0}\u{1B}\u{FFFE}\t") == "\u{FFFD}\u{FFFD}\u{FFFD}\t")
    let text = "</svg><script>alert('x')</script>]]>&nbsp;\u{8}\"--><!--"
    let document = ParsedDocument("<p title=\"\(escapedXML(text))\">\(escapedXML(text))</p>")
    #expect(document.problem == nil)
    #expect(document.all("p").first?.text == text.replacing("\u{8}", with: "\u{FFFD}"))
    #expect(document.all("script").isEmpty)
  }

  @Test("markup of labels")
  func richText() {
    let label: RichText = "$P$_V $j$_{1}($z$)/2 10^{-26}"
    #expect(label.plain == "P_V j_1(z)/2 10^-26")
    #expect(label.html == "<i>P</i><sub>V</sub> <i>j</i><sub>1</sub>(<i>z</i>)/2 10<sup>-26</sup>")
    #expect(RichText(plain: "node_a^b$").html == "node_a^b$")
    #expect(RichText(markup: "a_").plain == "a_")
    #expect(RichText(markup: "a_{b").plain == "a_{b")
    #expect(RichText(markup: "<_<").html == "&lt;<sub>&lt;</sub>")
    #expect(RichText(plain: "").runs.isEmpty)
  }

  @Test(
    "prose on the page: powers of ten, minus signs and symbols are set, names and dates are left alone",
    arguments: [
      ("p = 3.6e-96, A = 4.60(15)e-16 T", "p = 3.6×10<sup>−96</sup>, A = 4.60(15)×10<sup>−16</sup> T"),
      ("from -1 to 1e6 (-2.5e3)", "from −1 to 1×10<sup>6</sup> (−2.5×10<sup>3</sup>)"),
      ("global p = 10^-3419 GeV^-1", "global p = 10<sup>−3419</sup> GeV<sup>−1</sup>"),
      ("P_V and d_mhat", "<i>P</i><sub>V</sub> and <i>d</i><sub>m̂</sub>"),
      ("site_A1e5, node-7, x1e-3, P_Vx, 2026-06-01, 3e, a_b", "site_A1e5, node-7, x1e-3, P_Vx, 2026-06-01, 3e, a_b"),
      ("", ""), ("e5 ^ _ <b>", "e5 ^ _ &lt;b&gt;"),
    ])
  func prose(text: String, html: String) {
    var content = ReportContent(title: "t")
    content.verdict = [text]
    #expect(content.html().contains("<p>\(html)</p>"))
  }

  @Test("columns line up, also beyond ASCII")
  func table() {
    var table = TextTable([.init("name"), .init("value", .right), .init("note")])
    table.append(["P_V", "0.58 ± 0.09"])
    table.append(["Ωµ é", "-12"])
    #expect(
      table.text == """
        name        value
        ─────────────────
        P_V   0.58 ± 0.09
        Ωµ é          -12

        """)
  }

  @Test("cells with line breaks, too many cells, no rows")
  func oddTables() {
    var table = TextTable([.init("a"), .init("b", .right)])
    #expect(table.text == "a  b\n────\n")
    table.append(["x\ny\u{1B}[31m", "1", "surplus"])
    table.append([])
    let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 5 && lines[2] == "x y [31m  1" && lines[3].isEmpty)
  }

  @Test("the text report says what the page says")
  func textReport() {
    let text = DemoReport.content().text()
    #expect(text.contains("A chiral vector background is found"))
    #expect(text.contains("0.58 ± 0.09") && text.contains("3.12(18)e-26 T²/Hz") && text.contains("-0.2 σ"))
    // 307200 x 12 sent, 512 x (0 + 1 + ... + 11) missing.
    #expect(text.contains("3686400") && text.contains("33792") && text.contains("3652608"))
    #expect(text.split(separator: "\n").allSatisfy { $0.last != " " })
  }

  @Test("long names are cut to the room they have")
  func fitting() {
    let name = "a-very-long-channel-name-that-nobody-can-read"
    for width in [30.0, 60, 120] {
      let fitted = TextMetrics.fitted(name, size: 12, width: width)
      #expect(fitted.hasSuffix("…") && TextMetrics.width(fitted, size: 12) <= width)
    }
    #expect(TextMetrics.fitted("mainz01", size: 12, width: 120) == "mainz01")
  }
}
