/// A page of the manual in roff, with the `man` macros.
package struct ManualPage: Sendable {
    private let words: [String]
    private let page: CommandPage
    private let version: String
    /// Whether this page also describes the commands below.
    private let isWhole: Bool
    private var lines: [String] = []

    /// Creates the page of a command, including all commands below it if `isWhole` is true. `words` lead to the
    /// command, such as `["ktsdb", "query"]`.
    package init(_ page: CommandPage, words: [String], version: String, isWhole: Bool = true) {
        self.page = page
        self.words = words
        self.version = version
        self.isWhole = isWhole
    }

    /// Returns the pages of a program: one that lists its commands, and one for each command with all commands below
    /// it.
    package static func all(_ root: CommandPage, version: String) -> [ManualPage] {
        let commands = root.children.filter { $0.name != "help" }.map {
            ManualPage($0, words: [root.name, $0.name], version: version)
        }
        return [ManualPage(root, words: [root.name], version: version, isWhole: false)] + commands
    }

    /// The name of the file, such as `ktsdb-query.1`.
    package var fileName: String { words.joined(separator: "-") + ".1" }

    /// The text of the file.
    package var text: String {
        var copy = self
        copy.write()
        return copy.lines.joined(separator: "\n") + "\n"
    }

    private mutating func write() {
        let name = words.joined(separator: "-")
        lines = [".TH \(Self.quoted(name.uppercased())) 1 \"\" \(Self.quoted("ktsdb \(version)"))"]
        lines += [".SH NAME", "\(Self.escaped(name)) \\- \(Self.escaped(Self.lowered(page.summary)))"]
        lines.append(".SH SYNOPSIS")
        lines.append(Self.synopsis(words, page))
        if !page.text.isEmpty {
            lines.append(".SH DESCRIPTION")
            paragraphs(page.text)
        }
        if !page.arguments.isEmpty || !page.flags.isEmpty {
            lines.append(".SH OPTIONS")
            options(of: page)
        }
        if !page.children.isEmpty { commands() }
        exitStatus()
        seeAlso()
    }

    private mutating func commands() {
        lines.append(".SH COMMANDS")
        guard isWhole else {
            for child in page.children {
                lines += [".TP", ".B \(Self.escaped(child.name))", Self.line(child.summary)]
            }
            return
        }
        for (path, child) in page.children.flatMap({ $0.all(words) }) {
            lines.append(".SS \(Self.quoted(path.joined(separator: " ")))")
            lines.append(Self.line(child.summary))
            if !child.text.isEmpty { paragraphs(child.text) }
            if child.children.isEmpty { lines += [".PP", Self.synopsis(path, child)] }
            options(of: child)
        }
    }

    private mutating func options(of page: CommandPage) {
        for argument in page.arguments where !argument.help.isEmpty {
            lines += [".TP", ".I \(Self.escaped(argument.usage))", Self.line(argument.help)]
        }
        for flag in page.flags {
            let value = flag.value.map { "=\\fI\(Self.escaped($0))\\fR" } ?? ""
            let forms = flag.forms.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ")
            var help = flag.help
            if !flag.choices.isEmpty { help += " One of: \(flag.choices.joined(separator: ", "))." }
            if !flag.preset.isEmpty { help += " Default: \(flag.preset)." }
            lines += [".TP", "\(forms)\(value)\(flag.isRepeatable ? " ..." : "")", Self.line(help)]
        }
    }

    /// Writes paragraphs. Those whose lines are all indented are examples.
    private mutating func paragraphs(_ text: String) {
        for (index, paragraph) in text.split(separator: "\n\n").enumerated() {
            if index > 0 { lines.append(".PP") }
            let parts = paragraph.split(separator: "\n").map(String.init)
            if parts.allSatisfy({ $0.hasPrefix("  ") }) {
                lines += [".nf"] + parts.map(Self.line) + [".fi"]
            } else {
                lines += parts.map(Self.line)
            }
        }
    }

    private mutating func exitStatus() {
        lines.append(".SH EXIT STATUS")
        let codes = [
            ("0", "All is well."), ("1", "Something is wrong, arguments included, and has been said."),
            ("2", "The flags of the server are wrong."),
            ("3", "Lints found something."), ("4", "The server was stopped while it could not store samples."),
        ]
        for (code, meaning) in codes { lines += [".TP", ".B \(code)", Self.line(meaning)] }
    }

    private mutating func seeAlso() {
        guard !isWhole || words.count > 1 else { return }
        let others = isWhole ? [words[0]] : page.children.filter { $0.name != "help" }.map { "\(words[0])-\($0.name)" }
        lines.append(".SH SEE ALSO")
        lines.append(others.map { "\\fB\(Self.escaped($0))\\fR(1)" }.joined(separator: ",\n"))
    }

    private static func synopsis(_ words: [String], _ page: CommandPage) -> String {
        var text = "\\fB\(escaped(words.joined(separator: " ")))\\fR"
        if !page.children.isEmpty { text += " \\fIcommand\\fR" }
        if !page.flags.isEmpty { text += " [\\fIflags\\fR]" }
        return text + page.arguments.map { " \(escaped($0.usage))" }.joined()
    }

    private static func lowered(_ text: String) -> String {
        let end = text.hasSuffix(".") ? text.dropLast() : text[...]
        return end.prefix(1).lowercased() + end.dropFirst()
    }

    /// Returns a line of text, protected so that roff does not read its beginning as a macro.
    private static func line(_ text: String) -> String {
        let escaped = escaped(text.replacing("`", with: ""))
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    private static func quoted(_ text: String) -> String { "\"" + escaped(text).replacing("\"", with: "\\(dq") + "\"" }

    /// Returns text in roff's notation. Characters outside ASCII are written by number, since a reader may take their
    /// bytes for Latin-1.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\(rs"
            case "-": result += "\\-"
            case "\n": result += " "
            case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            }
        }
        return result
    }
}
