import KTSDBTesting

/// Compares with tables in files and reports the results: the `ktsdb-alerttest` command.
package struct AlertTestReport {
    /// The command's exit status: 0 if all cases passed, 1 if one did not, 2 if a path could not be read.
    package private(set) var exitStatus: Int32 = 0
    private let print: (String) -> Void

    /// Creates a report that passes its lines to `print`.
    package init(print: @escaping (String) -> Void) { self.print = print }

    /// Compares with the tables at `paths`, files or directories (all their `*.json`, by name).
    package mutating func run(_ paths: [String]) {
        for path in paths {
            do {
                if isDirectory(path) {
                    for file in try Self.tables(in: path) { run(file, in: AlertTableFolder(path)) }
                } else {
                    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
                    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
                    _ = try readFile(path)
                    run(String(parts[parts.count - 1]), in: AlertTableFolder(folder))
                }
            } catch {
                print("error: \(error)")
                exitStatus = 2
            }
        }
    }

    /// The tables of a directory, without what recordings read besides themselves.
    private static func tables(in directory: String) throws(FileReadError) -> [String] {
        try listDirectory(directory).filter { $0.hasSuffix(".json") && !$0.hasSuffix("_input.json") }
    }

    private mutating func run(_ file: String, in folder: AlertTableFolder) {
        guard let table = AlertTables.byFile[file] else {
            return fail("\(file): " + (AlertTables.unsupported.contains(file) ? "not supported yet" : "unknown table"))
        }
        let result = table.run(in: folder)
        let rest = [
            result.skipped.isEmpty ? "" : ", \(result.skipped.count) skipped",
            result.unsupported == 0 ? "" : ", \(result.unsupported) not supported yet",
        ]
        print("\(file): \(result.passed)/\(result.total)" + rest.joined())
        for failure in result.failures { report(failure) }
        for skipped in result.skipped { print("  skipped: " + Self.shortened(skipped)) }
        if !result.failures.isEmpty || result.unsupported > 0 { exitStatus = max(exitStatus, 1) }
    }

    private func report(_ failure: AlertTableResult.Failure) {
        print("  " + Self.shortened(failure.name))
        for line in failure.lines { print("    " + Self.shortened(line)) }
    }

    private mutating func fail(_ line: String) {
        print(line)
        exitStatus = max(exitStatus, 1)
    }

    /// How long a line with what came may be.
    private static let lineLimit = 400

    private static func shortened(_ text: String) -> String {
        let line = text.replacing("\n", with: "\\n")
        return line.count <= lineLimit ? line : line.prefix(lineLimit) + "…"
    }
}
