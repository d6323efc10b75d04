import LogQL
import Testing

@Suite struct ParserErrorTests {
    @Test(arguments: [
        ("", "parse error : syntax error: unexpected $end"),
        ("\n", "parse error at line 2, col 1: syntax error: unexpected $end"),
        (#"{a="서울"} | json |"#, "parse error at line 1, col 18: syntax error: unexpected $end"),
        ("{a=\"b\"}\n  | 5", "parse error at line 2, col 5: syntax error: unexpected NUMBER"),
        (#"{a="b""#, "parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,"),
        (
            #"{a="b"} | label_format a="#,
            "parse error at line 1, col 26: syntax error: unexpected $end, expecting IDENTIFIER or STRING"
        ),
        (
            #"sum_over_time({a="b"}[5m] | unwrap x y)"#,
            "parse error at line 1, col 38: syntax error: unexpected IDENTIFIER, expecting )"
        ),
        (
            #"sum by (a b) (vector(1))"#,
            "parse error at line 1, col 11: syntax error: unexpected IDENTIFIER, expecting , or )"
        ),
        (
            #"rate({a="b"}[5m] offset [5m])"#,
            "parse error at line 0, col 25: syntax error: unexpected RANGE, expecting DURATION"
        ),
        (#"rate(({a="b"}) by)"#, "parse error at line 1, col 16: syntax error: unexpected by, expecting RANGE"),
        (#"{a="b"} |! "c""#, "parse error at line 1, col 12: syntax error: unexpected STRING"),
        ("5m", "parse error at line 0, col 1: syntax error: unexpected DURATION"),
        ("- 5m", "parse error at line 0, col 3: syntax error: unexpected DURATION, expecting NUMBER"),
        (#"{a="b"} | by = 5"#, "parse error at line 1, col 11: syntax error: unexpected by"),
    ])
    func `an error names the token, its place, and up to four that were expected`(text: String, error: String) {
        #expect(throws: LogQLError(.syntax, error)) { try LogQLExpression(parsing: text) }
    }

    @Test(arguments: [
        (#"{a="b"#, "parse error at line 1, col 4: literal not terminated"),
        ("{a=\"b\nc\"}", "parse error at line 1, col 4: literal not terminated"),
        ("{a=`b", "parse error at line 1, col 4: literal not terminated"),
        (#"{a="\q"}"#, "parse error at line 1, col 4: invalid char escape"),
        (#"{a="\777"}"#, "parse error at line 1, col 4: invalid syntax"),
        ("089", "parse error at line 1, col 1: invalid digit '8' in octal literal"),
        ("1__0", "parse error at line 1, col 1: '_' must separate successive digits"),
        ("0x", "parse error at line 1, col 1: hexadecimal literal has no digits"),
        ("0x1.8", "parse error at line 1, col 1: hexadecimal mantissa requires a 'p' exponent"),
        ("0b1.1", "parse error at line 1, col 1: invalid radix point in binary literal"),
        ("1 /* x", "parse error at line 1, col 3: comment not terminated"),
        ("1 + \u{0}", "parse error at line 1, col 5: invalid character NUL"),
        (#"rate({a="b"}[])"#, "parse error at line 0, col 13: empty duration string"),
        (#"rate({a="b"}[ 5m ])"#, #"parse error at line 0, col 13: not a valid duration string: " 5m ""#),
        (#"rate({a="b"}[999999999y])"#, "parse error at line 0, col 13: duration out of range"),
        (#"rate({a="b"}[5m"#, "parse error at line 0, col 13: missing closing ']' in duration"),
    ])
    func `what cannot be read is named`(text: String, error: String) {
        #expect(throws: LogQLError(.syntax, error)) { try LogQLExpression(parsing: text) }
    }

    @Test(arguments: [
        (#"{a=~"["}"#, "error parsing regexp: missing closing ]: `[`"),
        (#"{a="b"} | c=~"(""#, "error parsing regexp: missing closing ): `(`"),
        (#"{a="b"} | drop c=~"(""#, "error parsing regexp: missing closing ): `(`"),
        (
            #"{a="b"} | pattern "<a><b>""#,
            "invalid pattern parser: found consecutive capture '<a><b>': invalid expression"
        ),
        (
            #"{a="b"} | pattern "<a> <a>""#,
            "invalid pattern parser: duplicate capture name (a): invalid expression"
        ),
        (
            #"{a="b"} | regexp "(?P<_a>.)(?P<1b>.)""#,
            "invalid regexp parser: invalid extracted label name '1b'"
        ),
        ("1e999", "unable to parse literal as a float: strconv.ParseFloat: parsing \"1e999\": value out of range"),
        ("approx_topk(1000000000000000000000, vector(1))", "invalid parameter approx_topk(1000000000000000000000,"),
        ("vector(1) or {a=\"b\"}", "unexpected type for right leg of binary operation (or): *syntax.MatchersExpr"),
    ])
    func `a query without meaning is refused`(text: String, problem: String) {
        #expect(throws: LogQLError(.syntax, "parse error : " + problem)) { try LogQLExpression(parsing: text) }
    }

    @Test(arguments: [
        #"{a!="b"}"#, #"{a=~"x|"}"#, #"{a!~"x"}"#, #"{a=""}"#, "{}", #"rate({a=~".*"}[5m]) + 1"#,
    ])
    func `a selector that takes streams without its labels is refused`(text: String) {
        let error = #expect(throws: LogQLError.self) { try LogQLExpression(parsing: text) }
        #expect(error?.description.hasPrefix("parse error : queries require at least one") == true)
    }

    @Test(arguments: [#"{a!=""}"#, #"{a=~".+"}"#, #"{a!~".*", b="c"}"#, #"{a!~"|x"}"#])
    func `a selector that needs a label is taken`(text: String) throws {
        #expect(throws: Never.self) { try LogQLExpression(parsing: text) }
    }

    @Test(arguments: ["&", "값", "'", "1a", "a.b", "a-b"])
    func `names of labels are ASCII when a query runs`(name: String) {
        for text in [
            "{\(name)=\"b\"}", "{a=\"b\"} | \(name)=\"c\"", "{a=\"b\"} | drop \(name)", "sum by (\(name)) (vector(1))",
        ] {
            #expect(throws: LogQLError.self, "\(text)") { try LogQLExpression(parsing: text) }
        }
    }
}
