internal import GoTemplate

/// `| line_format "…"`: the line becomes what a template makes of it.
struct LineFormatter: Sendable {
    private let template: CompiledTemplate

    /// The labels that the template uses by name; nil if it may use any.
    var fields: [String]? { template.fields }

    /// - Throws: that the template is malformed.
    init(_ text: String, _ labels: inout LineLabels) throws(StageProblem) {
        do throws(TemplateError) {
            template = try CompiledTemplate(text, name: "line", &labels)
        } catch {
            throw StageProblem("invalid line template: \(error.description)")
        }
    }

    /// Replaces the line. If the template fails, the line remains, and an error is set.
    func format(_ line: inout [UInt8], time: Int64, _ labels: inout LineLabels) {
        do throws(TemplateError) {
            line = try template.execute(line, time: time, labels)
        } catch {
            labels.setError(.template, details: error.description.utf8.span)
        }
    }
}
