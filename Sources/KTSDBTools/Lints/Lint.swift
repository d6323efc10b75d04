/// A fault that files can have though they are valid: how it is found, and why it matters.
package struct Lint: Sendable {
    /// What a lint is about.
    package enum Subject: String, Hashable, Sendable, CaseIterable {
        case rules, config, alertmanager
    }

    /// The name by which it is selected, and which findings have.
    package let id: String
    package let subject: Subject
    /// What it finds, in one sentence.
    package let summary: String
    /// What it needs besides the files of its subject; empty if nothing.
    package let needs: String
    let find: @Sendable (LintContext) -> [LintFinding]

    init(
        _ id: String, _ subject: Subject, _ summary: String, needs: String = "",
        find: @escaping @Sendable (LintContext) -> [LintFinding]
    ) {
        self.id = id
        self.subject = subject
        self.summary = summary
        self.needs = needs
        self.find = find
    }
}

/// One place where a file has a fault.
package struct LintFinding: Hashable, Sendable {
    package var id = ""
    package var file: String
    /// The line, from 1.
    package var line: Int
    /// What is there: `group "g", rule 1, "A"`.
    package var subject: String
    /// Why it is a fault, in a sentence without a capital and a full stop.
    package var why: String
    /// What to do, in a sentence without a capital and a full stop.
    package var fix: String

    /// `FILE:LINE: id: subject: why. Fix: fix.`
    package var text: String {
        let place = line > 0 ? "\(file):\(line)" : file
        return "\(place): \(id): \(subject.isEmpty ? "" : subject + ": ")\(why). Fix: \(fix)."
    }
}

/// Prints findings.
package enum LintReport {
    /// How many findings are printed; a count of the others follows.
    package static let limit = 1_000

    /// Writes findings to the errors; returns whether there are any.
    package static func write(_ findings: [LintFinding], to output: inout ToolOutput) -> Bool {
        guard !findings.isEmpty else { return false }
        output.complain("  LINT: \(findings.count) finding(s)")
        for finding in findings.prefix(limit) { output.complain(finding.text) }
        if findings.count > limit { output.complain("and \(findings.count - limit) more") }
        return true
    }
}
