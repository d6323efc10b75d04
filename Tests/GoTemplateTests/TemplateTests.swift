import GoTemplate
import Testing

/// The interface of ``Template``; what the language does is in the golden templates.
@Suite struct `A template` {
    @Test func `is parsed once and executed often, from many tasks`() async throws {
        let template = try Template.parse(name: "t", text: "{{range .list}}<{{.}}>{{end}}{{$x := .n}}{{$x}}")
        let texts = try await withThrowingTaskGroup(of: GoString.self) { group in
            for number in 0..<100 { group.addTask { try template.execute(["list": [1, 2], "n": .int(number)]) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<100).map { GoString("<1><2>\($0)") }))
    }

    @Test func `calls templates of another one, and replaces them`() throws {
        let base = try Template.parse(
            name: "base", text: "{{define \"title\"}}base{{end}}{{define \"body\"}}[{{template \"title\" .}}]{{end}}")
        let other = try Template.parse(
            name: "other", text: "{{define \"title\"}}{{.}}{{end}}{{template \"body\" .}}", including: base)
        #expect(try other.execute("new") == "[new]")
        #expect(try other.execute("body", "x") == "[x]")
        #expect(try base.execute("body", "x") == "[base]")
    }

    @Test func `is not replaced by an empty one`() throws {
        let base = try Template.parse(name: "base", text: "{{define \"a\"}}A{{end}}")
        let other = try Template.parse(
            name: "other", text: "{{define \"a\"}} {{/* nothing */}} {{end}}{{template \"a\"}}", including: base)
        #expect(try other.execute() == "A")
    }

    @Test func `that does not exist cannot be executed`() throws {
        let template = try Template.parse(name: "t", text: "x")
        let error = try #require(throws: TemplateError.self) { try template.execute("nope", .none) }
        #expect(error.description == "template: no template \"nope\" associated with template \"t\"")
        #expect(error.stage == .execution)
    }

    @Test func `has functions of the host, which hide built-in ones`() throws {
        let functions: TemplateFunctions = [
            "len": GoFunction([.any], returns: .string) { _ in "long" },
            "break": GoFunction([], returns: .string) { _ in "a function" },
        ]
        let template = try Template.parse(name: "t", text: "{{len 1}} {{break}}", functions: functions)
        #expect(try template.execute() == "long a function")
    }

    @Test func `reports what a function throws, of any type`() throws {
        struct Problem: Error {}
        let functions: TemplateFunctions = ["f": GoFunction([], returns: .any) { _ in throw Problem() }]
        let template = try Template.parse(name: "t", text: "{{f}}", functions: functions)
        let error = try #require(throws: TemplateError.self) { try template.execute() }
        #expect(error.message == "error calling f: Problem()")
        #expect(error.limit == nil)
    }

    @Test func `says at which stage and place it is wrong`() throws {
        let error = try #require(throws: TemplateError.self) { try Template.parse(name: "t", text: "a\n{{nope}}") }
        #expect(error.stage == .parsing)
        #expect(error.position == SourcePosition(line: 2, column: 0))
        let template = try Template.parse(name: "t", text: "a\n {{.a.b}}")
        let other = try #require(throws: TemplateError.self) { try template.execute(["a": 1]) }
        #expect(other.stage == .execution)
        #expect(other.position == SourcePosition(line: 2, column: 5))
    }

    @Test func `refuses complex constants`() throws {
        let error = try #require(throws: TemplateError.self) { try Template.parse(name: "t", text: "{{1+2i}}") }
        #expect(error.message == "complex constants are not supported: \"1+2i\"")
    }

    @Test func `writes bytes that are not UTF-8 as they are`() throws {
        let template = try Template.parse(name: "t", text: "{{slice . 0 2}}{{\"\\xff\"}}")
        #expect(try template.execute("한").bytes == [0xED, 0x95, 0xFF])
    }
}
