/// Runs test scripts from files and reports the results: the `ktsdb-promqltest` command.
public struct PromQLTestReport {
    /// The command's exit status: 0 if all cases passed, 1 if one failed, 2 if a script could not be run.
    public private(set) var exitStatus: Int32 = 0
    private let runner = PromQLTestRunner()
    private let makeStorage: () -> any PromQLTestStorage
    private let print: (String) -> Void

    /// Creates a report that runs each script on a storage of its own and passes its lines to `print`.
    public init(storage: @escaping () -> any PromQLTestStorage, print: @escaping (String) -> Void) {
        makeStorage = storage
        self.print = print
    }

    /// Runs the scripts at `paths`, files or directories (all their `*.test`, by name).
    public mutating func run(_ paths: [String]) {
        for path in paths {
            do {
                for file in try Self.scripts(at: path) { run(file: file, text: try readFile(file)) }
            } catch {
                fail("\(error)")
            }
        }
    }

    private static func scripts(at path: String) throws(FileReadError) -> [String] {
        guard isDirectory(path) else { return [path] }
        let directory = path.hasSuffix("/") ? path : path + "/"
        return try listDirectory(path).filter { $0.hasSuffix(".test") }.map { directory + $0 }
    }

    private mutating func run(file: String, text: [UInt8]) {
        do {
            guard let text = String(validating: text, as: UTF8.self) else {
                throw PromQLTestScriptError(line: 1, message: "the file is not UTF-8")
            }
            var storage = makeStorage()
            let cases = try runner.run(try PromQLTestScript(text), on: &storage)
            let failed = cases.filter { $0.failure != nil }
            print("\(file): \(cases.count - failed.count)/\(cases.count)")
            for item in failed { print(item.report(file: file)) }
            if !failed.isEmpty { exitStatus = max(exitStatus, 1) }
        } catch let error as PromQLTestScriptError {
            fail("\(file):\(error.line): \(error.message)")
        } catch {
            fail("\(file): \(error)")
        }
    }

    private mutating func fail(_ message: String) {
        print("error: " + message)
        exitStatus = 2
    }
}

extension PromQLTestCase {
    /// Describes a failed case: its place, what was expected and what was found. Empty if the case passed.
    public func report(file: String) -> String {
        guard let failure else { return "" }
        var lines = ["  \(file):\(line): \(query)"]
        if let variant = failure.variant { lines.append("    run as:   \(variant)") }
        lines.append("    expected: \(failure.expected)")
        lines.append("    found:    \(failure.found)")
        return lines.joined(separator: "\n")
    }
}
