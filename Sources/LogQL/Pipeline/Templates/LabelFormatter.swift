internal import GoTemplate
internal import KTSDBModel

/// `| label_format a=b, c="{{.d}}"`: renames and computes labels.
struct LabelFormatter: Sendable {
    private enum Source {
        case label(Int)
        case template(CompiledTemplate)
    }

    private let parts: [(number: Int, source: Source)]
    /// The labels that the stage uses by name; nil if it may use any.
    let fields: [String]?

    /// - Throws: that a template is malformed, that a name occurs twice, or that it is that of the error.
    init(_ formats: [LabelFormat], _ labels: inout LineLabels) throws(StageProblem) {
        var parts: [(number: Int, source: Source)] = []
        var fields: [String]? = []
        var seen: Set<String> = []
        for format in formats {
            if format.name == ErrorLabel.name { throw StageProblem("\(format.name) cannot be formatted") }
            guard seen.insert(format.name).inserted else {
                throw StageProblem(
                    "multiple label name '\(format.name)' not allowed in a single format operation")
            }
            let number = labels.number(inStage: format.name)
            switch format.source {
            case .label(let name):
                fields?.append(name)
                parts.append((number, .label(labels.number(inStage: name))))
            case .template(let text):
                do throws(TemplateError) {
                    let template = try CompiledTemplate(text, name: "label", &labels)
                    if let used = template.fields { fields? += used } else { fields = nil }
                    parts.append((number, .template(template)))
                } catch {
                    throw StageProblem("invalid template for label '\(format.name)': \(error.description)")
                }
            }
        }
        (self.parts, self.fields) = (parts, fields)
    }

    /// Sets labels from left to right. All templates see the labels as they are when the first of them is reached.
    func format(_ line: [UInt8], time: Int64, _ labels: inout LineLabels) {
        var results: [[UInt8]?] = []
        var next = 0
        for (number, source) in parts {
            switch source {
            case .label(let other):
                labels.rename(other, to: number)
            case .template:
                if results.isEmpty { results = execute(line, time: time, &labels) }
                if let value = results[next] { labels.set(number, value.span) }
                next += 1
            }
        }
    }

    /// The results of all templates in order; nil for those that fail.
    private func execute(_ line: [UInt8], time: Int64, _ labels: inout LineLabels) -> [[UInt8]?] {
        var results: [[UInt8]?] = []
        var problem: TemplateError?
        for case (_, .template(let template)) in parts {
            do throws(TemplateError) {
                results.append(try template.execute(line, time: time, labels))
            } catch {
                results.append(nil)
                problem = error
            }
        }
        if let problem { labels.setError(.template, details: problem.description.utf8.span) }
        return results
    }
}
