import Foundation
import GoTemplate
import Testing

/// Depth is limited so that threads with a small stack are enough.
@Suite struct `Stack of templates` {
    /// Templates that are as deep as the limits allow, each in another way.
    static let deepest = [
        "{{define \"a\"}}{{if true}}{{template \"a\"}}{{end}}{{end}}{{template \"a\"}}",
        "{{define \"a\"}}" + nested("{{range 1}}", "{{template \"a\"}}", "{{end}}", 98) + "{{end}}{{template \"a\"}}",
        "{{define \"a\"}}{{" + nested("print (", "1", ")", 98) + "}}{{template \"a\"}}{{end}}{{template \"a\"}}",
        nested("{{if true}}", "{{" + nested("(", "1", ")", 90), "", 95), "{{" + nested("(", "1", "", 101),
        nested("{{with 1}}{{range 1}}", "", "", 60),
    ]

    static func nested(_ opening: String, _ inner: String, _ closing: String, _ depth: Int) -> String {
        String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth)
    }

    @Test func `is at most 4 MiB for the deepest of them`() {
        // A stack that is too small ends the process.
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            for text in Self.deepest { #expect(`Limits of templates`.limit(text, limits: .init()) != nil) }
            done.signal()
        }
        thread.stackSize = 4 << 20
        thread.start()
        done.wait()
    }

    @Test func `does not grow with a chain of else if`() throws {
        let chain = (0..<90).map { "{{else if eq .x \($0)}}\($0)" }.joined()
        let template = try Template.parse(name: "t", text: "{{if eq .x -1}}{{$y := 1}}none\(chain){{end}}")
        var limits = TemplateLimits()
        limits.executionDepth = 10
        #expect(try template.execute(["x": 89], limits: limits) == "89")
        #expect(try template.execute(["x": 99], limits: limits) == "")
    }
}
