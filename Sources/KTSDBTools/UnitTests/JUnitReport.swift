/// The results of tests in the form that promtool writes for programs that read JUnit's XML.
package struct JUnitReport: Hashable, Sendable {
    /// The tests of a file.
    struct Suite: Hashable, Sendable {
        var name: String
        var tests = 0
        var failures = 0
        var errors = 0
        var timestamp = ""
        var cases: [Case] = []

        init(name: String) { self.name = name }

        mutating func begin(_ name: String) {
            cases.append(Case(name: name))
            tests += 1
        }

        mutating func fail(_ text: String) {
            failures += 1
            cases[last()].failures.append(text)
        }

        /// Notes why the file as a whole cannot be tested.
        mutating func abort(_ text: String) {
            errors += 1
            let place = last()
            cases[place].error = text
        }

        private mutating func last() -> Int {
            if cases.isEmpty { begin("unknown") }
            return cases.count - 1
        }
    }

    struct Case: Hashable, Sendable {
        var name: String
        var failures: [String] = []
        var error = ""
    }

    var suites: [Suite] = []

    /// The report as one line of XML.
    package var xml: String { "<testsuites>" + suites.map(\.xml).joined() + "</testsuites>" }
}

extension JUnitReport.Suite {
    fileprivate var xml: String {
        let attributes = [
            ("name", name), ("tests", "\(tests)"), ("failures", "\(failures)"), ("errors", "\(errors)"),
            ("skipped", "0"), ("timestamp", timestamp),
        ].map { " \($0)=\"\(XMLText.escaped($1))\"" }.joined()
        return "<testsuite\(attributes)>" + cases.map(\.xml).joined() + "</testsuite>"
    }
}

extension JUnitReport.Case {
    fileprivate var xml: String {
        "<testcase name=\"\(XMLText.escaped(name))\">"
            + failures.map { "<failure>\(XMLText.escaped($0))</failure>" }.joined()
            + (error.isEmpty ? "" : "<error>\(XMLText.escaped(error))</error>") + "</testcase>"
    }
}

/// Text in XML as Go writes it.
enum XMLText {
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result.append(contentsOf: "&#34;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\t": result.append(contentsOf: "&#x9;".unicodeScalars)
            case "\n": result.append(contentsOf: "&#xA;".unicodeScalars)
            case "\r": result.append(contentsOf: "&#xD;".unicodeScalars)
            default: result.append(isAllowed(scalar) ? scalar : "\u{fffd}")
            }
        }
        return String(result)
    }

    /// Whether XML can have a character at all.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        0x20...0xd7ff ~= scalar.value || 0xe000...0xfffd ~= scalar.value || scalar.value >= 0x10000
    }
}
