import GoTemplate
import Testing

/// What a linter can find out without executing a template.
@Suite struct `Usage of a template` {
    static func usage(_ text: String) throws -> TemplateUsage {
        try #require(try Template.parse(name: "t", text: text).trees["t"]).usage
    }

    @Test func `names functions, fields, variables and templates`() throws {
        let usage = try Self.usage(
            "{{$v := .Value}}{{if gt $v 1.0}}{{printf \"%v\" (len .Labels.job)}}{{else}}{{$v = .x}}{{end}}"
                + "{{range $i, $s := .Samples}}{{$s.Labels.a | html}}{{end}}{{template \"other\" .y}}")
        #expect(usage.functions.map(\.name) == ["gt", "printf", "len", "html"])
        #expect(usage.fields.map(\.name) == ["Value", "Labels.job", "x", "Samples", "y"])
        #expect(usage.variables.map(\.name) == ["$v", "$v", "$s.Labels.a"])
        #expect(usage.declarations.map(\.name) == ["$v", "$i", "$s"])
        #expect(usage.templates.map(\.name) == ["other"])
    }

    @Test func `has the places`() throws {
        let text = "a\n {{len .x}}"
        let tree = try #require(try Template.parse(name: "t", text: text).trees["t"])
        let place = try #require(tree.usage.functions.first)
        #expect(tree.source.position(of: place.offset) == SourcePosition(line: 2, column: 3))
    }

    @Test func `can be found by walking the tree`() throws {
        let tree = try #require(try Template.parse(name: "t", text: "x{{.a | print 1}}").trees["t"])
        #expect(tree.nodes.count == 2)
        guard case .action(let pipeline) = tree.nodes[1] else { throw GoError("not an action") }
        #expect(pipeline.commands.map(\.description) == [".a", "print 1"])
        guard case .number(let number) = pipeline.commands[1].operands[1].kind else { throw GoError("not a number") }
        #expect(number.signed == 1)
    }
}
