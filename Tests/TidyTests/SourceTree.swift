import Foundation

/// The project's Swift files, read once.
struct SourceTree {
    struct File {
        /// Relative to the root, such as `Sources/KTSDBEngine/Head/Head.swift`.
        let path: String
        let text: String
        let lines: [Substring]
        /// Without comments and texts in quotation marks.
        let code: String

        var target: String { String(path.split(separator: "/")[1]) }
        /// The folder within the target; "." for its own.
        var folder: String {
            let parts = path.split(separator: "/")
            return parts.count > 3 ? String(parts[2]) : "."
        }
        var name: String { String(path.split(separator: "/").last!.dropLast(".swift".count)) }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let files: [File]

    /// All of `Sources`, and whatever else is asked for.
    static let sources = SourceTree(["Sources"])
    static let everything = SourceTree(["Sources", "Tests", "Benchmarks", "Fuzzers"])

    init(_ directories: [String]) {
        files = directories.flatMap { directory in
            let all = FileManager.default.enumerator(atPath: Self.root.appending(path: directory).path)
            return (all?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.sorted().map { path in
                let path = "\(directory)/\(path)"
                let bytes = FileManager.default.contents(atPath: Self.root.appending(path: path).path) ?? Data()
                return File(path: path, text: String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    static func document(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: name), encoding: .utf8)
    }
}

extension SourceTree.File {
    fileprivate init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = lines.map { line in
            let line = line.replacing(/"(\\.|[^"\\])*"/, with: "\"\"")
            return String(line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex))
        }.joined(separator: "\n")
    }

    /// The names of the types that are declared at top level.
    var types: Set<String> {
        let pattern = /^(?:@\w+(?:\([^)]*\))?\s+)*(?:[a-z]+ )*(?:struct|class|enum|protocol|actor|typealias) (\w+)/
        return Set(lines.compactMap { try? pattern.firstMatch(in: $0)?.1 }.map(String.init))
    }

    /// The names of the types that are declared or extended, at any depth.
    var typesAndExtensions: Set<String> {
        let pattern = /(?:struct|class|enum|protocol|actor|extension|typealias|macro) ([\w.`]+)/
        return Set(code.matches(of: pattern).flatMap { $0.1.split(separator: ".").map { String($0) } })
    }
}
