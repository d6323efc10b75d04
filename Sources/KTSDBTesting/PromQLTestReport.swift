/// Runs test scripts in files and tells what came of them: the `ktsdb-promqltest` command.
public struct PromQLTestReport {
    /// What the command exits with: 0 when all cases passed, 1 when one failed, 2 when a script could not be run.
    public private(set) var exitStatus: Int32 = 0
    private let runner = PromQLTestRunner()
    private let makeStorage: () -> any PromQLTestStorage
    private let print: (String) -> Void

    /// Creates a report that runs each script on a storage of its own and gives its lines to `print`.
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
                throw PromQLTestScriptError(line: 1, message: "the file is no UTF-8")
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
    /// A failed case with its place, what was expected and what came; empty if it passed.
    public func report(file: String) -> String {
        guard let failure else { return "" }
        var lines = ["  \(file):\(line): \(query)"]
        if let variant = failure.variant { lines.append("    asked as: \(variant)") }
        lines.append("    expected: \(failure.expected)")
        lines.append("    came:     \(failure.found)")
        return lines.joined(separator: "\n")
    }
}
