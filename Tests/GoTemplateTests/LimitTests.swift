import GoTemplate
import Testing

/// Templates that would work for too long, write too much, or nest too deep end with an error that names the limit.
@Suite struct `Limits of templates` {
    /// Smaller than usual, so that builds without optimisation reach them soon.
    static var smallLimits: TemplateLimits {
        var limits = TemplateLimits()
        limits.steps = 50_000
        limits.textBytes = 3 << 20
        return limits
    }

    static func limit(
        _ text: String, data: GoValue = .none, limits: TemplateLimits = smallLimits
    ) -> TemplateError.Limit? {
        do {
            _ = try Template.parse(name: "t", text: text, limits: limits).execute(data, limits: limits)
            return nil
        } catch {
            return error.limit
        }
    }

    static func nested(_ opening: String, _ inner: String, _ closing: String, _ depth: Int) -> String {
        String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth)
    }

    @Test func `a loop ends`() {
        #expect(Self.limit("{{range 9223372036854775807}}{{end}}") == .steps)
        #expect(Self.limit("{{range 100000}}{{range 100000}}{{end}}{{end}}") == .steps)
        #expect(Self.limit("{{range 1000}}{{end}}") == nil)
    }

    @Test func `an output ends`() {
        #expect(Self.limit("{{range 100}}{{printf \"%1000000d\" 1}}{{end}}", limits: .init()) == .outputBytes)
        var limits = TemplateLimits()
        limits.outputBytes = 10
        #expect(Self.limit("0123456789", limits: limits) == nil)
        #expect(Self.limit("01234567890", limits: limits) == .outputBytes)
        #expect(Self.limit("{{.}}", data: .text("01234567890"), limits: limits) == .outputBytes)
    }

    @Test func `texts in variables do not grow without end`() {
        let double = "{{$x := \"0123456789\"}}{{range 100}}{{$x = print $x $x}}{{end}}"
        #expect(Self.limit(double) == .textBytes)
        let many =
            "{{$x := printf \"%1000000d\" 1}}{{printf \"%[1]s" + String(repeating: "%[1]s", count: 1000) + "\" $x}}"
        #expect(Self.limit(many) == .textBytes)
        let quoted = "{{$x := printf \"%1000000d\" 1}}{{range 1000}}{{$y := html $x}}{{end}}"
        #expect(Self.limit(quoted) == .textBytes)
    }

    @Test func `long texts count as many steps`() {
        let comparing = "{{$x := printf \"%1000000d\" 1}}{{range 1000000}}{{if eq $x $x}}{{end}}{{end}}"
        #expect(Self.limit(comparing) == .steps)
    }

    @Test func `templates that call themselves end`() {
        #expect(Self.limit("{{template \"t\"}}") == .callDepth)
        #expect(
            Self.limit(
                "{{define \"a\"}}{{template \"b\"}}{{end}}{{define \"b\"}}{{template \"a\"}}{{end}}{{template \"a\"}}")
                == .callDepth)
        let deep =
            "{{define \"a\"}}" + Self.nested("{{if true}}", "{{template \"a\"}}", "{{end}}", 90)
            + "{{end}}{{template \"a\"}}"
        #expect(Self.limit(deep) == .executionDepth)
    }

    @Test func `text that is nested too deep is not parsed`() {
        for text in [
            Self.nested("{{if true}}", "x", "{{end}}", 10_000), Self.nested("{{range 1}}", "x", "{{end}}", 10_000),
            Self.nested("{{if false}}{{else}}", "x", "{{end}}", 10_000),
            "{{" + Self.nested("(", "1", ")", 10_000) + "}}",
            "{{" + Self.nested("print (", "1", ")", 10_000) + "}}",
            "{{if false}}" + String(repeating: "{{else if false}}", count: 10_000) + "{{end}}",
            Self.nested("{{block \"b\" 1}}", "x", "{{end}}", 10_000), Self.nested("{{with 1}}", "x", "{{end}}", 10_000),
        ] {
            #expect(Self.limit(text) == .parseDepth, "\(text.prefix(40))")
        }
    }

    @Test func `text that is nested less deep is`() {
        for text in [
            Self.nested("{{if true}}", "x", "{{end}}", 99), "{{" + Self.nested("(", "1", ")", 100) + "}}",
            Self.nested("{{with 1}}", "{{" + Self.nested("print (", "1", ")", 10) + "}}", "{{end}}", 85),
        ] {
            #expect(Self.limit(text) == nil, "\(text.prefix(40))")
        }
    }

    @Test func `long text is not parsed`() {
        #expect(Self.limit(String(repeating: "x", count: 1 << 20)) == nil)
        #expect(Self.limit(String(repeating: "x", count: 1 << 20 + 1)) == .sourceBytes)
    }

    @Test func `an error names the limit`() throws {
        var limits = TemplateLimits()
        limits.steps = 100
        let template = try Template.parse(name: "t", text: "{{range 1000}}{{.}}{{end}}")
        let error = try #require(throws: TemplateError.self) { try template.execute(.none, limits: limits) }
        #expect(error.description == "template: t:1:16: executing \"t\" at <{{.}}>: limit steps: more than 100 steps")
        #expect(error.position == SourcePosition(line: 1, column: 16))
    }

    @Test func `values within each other are printed to a depth`() throws {
        var value: GoValue = 1
        for _ in 0..<10_000 { value = .list([value]) }
        #expect(try Template.parse(name: "t", text: "{{.}}").execute(value).count > 300)
    }
}

/// Templates for which a simple implementation would need the square of their length.
@Suite(.timeLimit(.minutes(1))) struct `Long templates` {
    static let size = 10_000

    @Test func `with many variables end soon`() throws {
        let declarations = (0..<Self.size).map { "{{$v\($0):=1}}" }.joined()
        let uses = String(repeating: "{{$v0}}", count: Self.size)
        #expect(`Limits of templates`.limit(declarations + uses) == .steps)
    }

    @Test func `with many fields end soon`() {
        let text = "{{range 1000000}}{{$.m" + String(repeating: ".a", count: Self.size) + "}}{{end}}"
        #expect(`Limits of templates`.limit(text) == .steps)
    }

    @Test func `with many open brackets in a format end soon`() {
        let text = "{{range 1000000}}{{printf \"" + String(repeating: "%[", count: 2000) + "\"}}{{end}}"
        #expect(`Limits of templates`.limit(text) == .textBytes)
    }

    @Test func `with many parts of lists end soon`() {
        let list = GoValue.list((0..<Self.size).map { .int($0) })
        #expect(`Limits of templates`.limit("{{range 1000000}}{{$x := slice $ 1}}{{end}}", data: list) == .steps)
    }

    @Test func `with many actions end soon`() throws {
        let text = String(repeating: "{{1}}{{- /* */ -}} \n", count: Self.size)
        #expect(try Template.parse(name: "t", text: text).execute().count == Self.size)
    }
}
