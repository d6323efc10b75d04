import Testing

@testable import KTSDBRules

@Suite struct `Regular expressions in templates` {
    @Test(arguments: [
        ("^a", "b", "aaa", "baa"), ("a*", "-", "baac", "-b-c-"), ("", "-", "한글", "-한-글-"),
        (#"\b(\w)"#, "<$1>", "ab cd", "<a>b <c>d"), ("(?m)^", "> ", "a\nb", "> a\n> b"),
        ("(?P<x>a)(b)?", "${x}$2.", "abaa", "ab.a.a."), (#"\Qa.b"#, "x", "a.b axb", "x axb"),
        ("(a|ab)(c|bcd)", "[$1|$2]", "abcd", "[a|bcd]"),
        ("x$", "y", "xx", "xy"), ("(?i)A", "b", "aA", "bb"), ("z", "y", "", ""),
    ])
    func `All matches are replaced as Go replaces them`(
        pattern: String, replacement: String, text: String, wanted: String
    ) throws {
        #expect(try TemplatePattern.replaceAll(pattern, replacement, text) == wanted)
    }

    @Test func `A pattern matches anywhere in the text`() throws {
        #expect(try TemplatePattern.matches("b", "abc") && TemplatePattern.matches("^a.c$", "abc"))
        #expect(try !TemplatePattern.matches("^b", "abc") && TemplatePattern.matches(#"\Qb."#, "ab.c"))
        #expect(throws: (any Error).self) { try TemplatePattern.matches("(", "abc") }
    }

    @Test func `A long text with many matches ends with an error`() {
        let text = String(repeating: "a", count: 100)
        #expect(throws: (any Error).self) { try TemplatePattern.replaceAll("a", "b", text, workLimit: 4000) }
    }
}

@Suite struct `Hosts and ports in templates` {
    @Test(arguments: [
        ("foo.example.com:12345", "foo.example.com"), ("[::1]:80", "::1"), ("::1:80", "::1:80"), ("a", "a"),
        ("[::1]", "[::1]"), ("a]:80", "a]:80"), ("", ""), (":80", ""), ("[a:80", "[a:80"),
    ])
    func `A port is taken away as Go finds it`(text: String, wanted: String) {
        #expect(HostPort.strippingPort(text) == wanted)
    }

    @Test(arguments: [
        ("foo.example.com:80", "foo:80"), ("192.0.2.1:80", "192.0.2.1:80"), ("192.0.2.1.example:80", "192:80"),
        ("[2001:db8::1]:80", "[2001:db8::1]:80"), ("256.1.1.1", "256"), ("01.1.1.1", "01"), ("a.b", "a"),
    ])
    func `A domain is taken away, but not from an address`(text: String, wanted: String) {
        #expect(HostPort.strippingDomain(text) == wanted)
    }
}
