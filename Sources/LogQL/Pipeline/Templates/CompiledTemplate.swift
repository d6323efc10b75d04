internal import GoTemplate
internal import KTSDBModel

/// A template of `line_format` or `label_format`, ready to run.
struct CompiledTemplate: Sendable {
    /// A part of a template that needs no executor.
    private enum Part {
        case text([UInt8])
        case label(Int)
        case line
    }

    private let template: Template
    /// nil if the template has more than texts, labels and the line.
    private let parts: [Part]?
    /// The labels that the template uses by name; nil if it may use any.
    let fields: [String]?
    private let numbers: [Int]
    private let usesLine: Bool

    /// Parses a template, which errors call `name`.
    init(_ text: String, name: String, _ labels: inout LineLabels) throws(TemplateError) {
        template = try Template.parse(name: name, text: text, functions: LineFunctions.table)
        let usage = template.trees.values.map(\.usage)
        usesLine = usage.contains { usage in
            usage.functions.contains { [LineFunctions.lineName, LineFunctions.timestampName].contains($0.name) }
        }
        if usage.allSatisfy(\.wholes.isEmpty) {
            // `.a.b` uses the label `a`, and so does `$.a`.
            let names = usage.flatMap { usage in
                usage.fields.map { $0.name }
                    + usage.variables.map { $0.name }.filter { $0.hasPrefix("$.") }
                    .map { String($0.dropFirst(2)) }
            }
            fields = Set(names.compactMap { $0.split(separator: ".").first.map(String.init) }).sorted()
        } else {
            fields = nil
        }
        var numbers: [Int] = []
        for field in fields ?? [] { numbers.append(labels.number(inStage: field)) }
        self.numbers = numbers
        parts = Self.parts(of: template, &labels)
    }

    private static func parts(of template: Template, _ labels: inout LineLabels) -> [Part]? {
        guard template.trees.count <= 1 else { return nil }
        var parts: [Part] = []
        for node in template.trees[template.name]?.nodes ?? [] {
            switch node {
            case .text(let text): parts.append(.text(text.bytes))
            case .action(let pipeline):
                guard pipeline.variables.isEmpty, pipeline.commands.count == 1,
                    pipeline.commands[0].operands.count == 1
                else { return nil }
                switch pipeline.commands[0].operands[0].kind {
                case .field(let names) where names.count == 1:
                    parts.append(.label(labels.number(inStage: names[0])))
                case .function(LineFunctions.lineName): parts.append(.line)
                default: return nil
                }
            default: return nil
            }
        }
        return parts
    }

    /// Returns what the template makes of a line, its time in nanoseconds since 1970, and its labels.
    func execute(_ line: [UInt8], time: Int64, _ labels: LineLabels) throws(TemplateError) -> [UInt8] {
        if let parts { return Self.joined(parts, line, labels) }
        let data = GoValue.map(GoMap(entries(labels), value: .string))
        let result =
            usesLine
            ? try template.execute(data, calling: LineFunctions.bound(to: line, time: time), missingKey: .zero)
            : try template.execute(data, missingKey: .zero)
        return result.bytes
    }

    private static func joined(_ parts: [Part], _ line: [UInt8], _ labels: LineLabels) -> [UInt8] {
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .line: result += line
            case .label(let number): if let value = labels[number] { result.append(value) }
            }
        }
        return result
    }

    private func entries(_ labels: LineLabels) -> [GoMap.Entry] {
        var entries: [GoMap.Entry] = []
        func append(_ number: Int) {
            guard let value = labels[number] else { return }
            entries.append(
                (.string(GoString(bytes: Array(labels.names[number]))), .string(GoString(bytes: Array(value)))))
        }
        if fields == nil { labels.forEach(append) } else { numbers.forEach(append) }
        return entries
    }
}
