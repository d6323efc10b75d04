import LogQL
import Testing

@Suite struct ParserLimitTests {
    @Test func `a query of 131,071 bytes is parsed, and a longer one is refused`() throws {
        let query = #"{app="a"}"#
        let longest = query + String(repeating: " ", count: LogQLExpression.maximumLength - query.utf8.count)
        #expect(try LogQLExpression(parsing: longest).description == query)
        #expect(throws: LogQLError.self) { try LogQLExpression(parsing: longest + " ") }
    }

    static let nestings = [
        ("(", "1", ")"), ("sum(", "vector(1)", ")"), ("1 ^ ", "vector(1)", ""), ("", "vector(1)", " or vector(1)"),
        ("label_replace(", "vector(1)", #","a","b","c","d")"#), (#"{a="b"} | "#, "c=1", " or c=1"),
        (#"{a="b"} | "#, "c=1", ",c=1"), ("rate(", #"{a="b"}"#, "[5m])"), ("2 * (", "vector(1)", ")"),
    ]

    @Test(arguments: nestings)
    func `what nests too deeply is an error`(open: String, middle: String, close: String) throws {
        for count in [700, 5000, 14_000] {
            // A selector and a pipe begin a query once.
            let opening = open.hasPrefix("{") ? open : String(repeating: open, count: count)
            let text = opening + middle + String(repeating: close, count: count)
            guard text.utf8.count <= LogQLExpression.maximumLength else { continue }
            #expect(throws: LogQLError.self) { try LogQLExpression(parsing: text) }
        }
    }

    @Test(arguments: nestings.filter { $0.0 != "rate(" })
    func `what nests deeply is a query like any other`(open: String, middle: String, close: String) throws {
        let opening = open.hasPrefix("{") ? open : String(repeating: open, count: 190)
        let text = opening + middle + String(repeating: close, count: 190)
        let expression = try LogQLExpression(parsing: text)
        #expect(try LogQLExpression(parsing: expression.description).description == expression.description)
    }

    @Test(arguments: nestings.filter { $0.0 != "rate(" })
    func `what is printed over many lines is the same query`(open: String, middle: String, close: String) throws {
        let opening = open.hasPrefix("{") ? open : String(repeating: open, count: 60)
        let text = opening + middle + String(repeating: close, count: 60)
        let expression = try LogQLExpression(parsing: text)
        #expect(try LogQLExpression(parsing: expression.formatted()).description == expression.description)
    }

    @Test func `parentheses and windows nest 250 levels deep`() throws {
        func nested(_ text: String, _ count: Int) -> String {
            String(repeating: "(", count: count) + text + String(repeating: ")", count: count)
        }
        #expect(try LogQLExpression(parsing: nested("1", 250)).description == "1")
        #expect(throws: LogQLError.self) { try LogQLExpression(parsing: nested("1", 251)) }
        let range = "rate(\(nested(#"{a="b"}[5m]"#, 250)))"
        #expect(try LogQLExpression(parsing: range).description == #"rate({a="b"}[5m])"#)
        let filter = #"{a="b"} | \#(nested("c>1", 250))"#
        #expect(try LogQLExpression(parsing: filter).description == #"{a="b"} | c>1"#)
    }

    @Test func `the work for a text grows with its length`() {
        let most = LogQLExpression.maximumLength
        for piece in ["1.", "5m", "[", "{", "(", "\"", "`", "/*", "-1", "--", "a", "a=", "\\", "|", "1B", "'", "값"] {
            let text = String(repeating: piece, count: most / piece.utf8.count)
            #expect(throws: LogQLError.self) { try LogQLExpression(parsing: text) }
        }
    }
}
