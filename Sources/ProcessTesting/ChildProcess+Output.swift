internal import Foundation
internal import KTSDBTesting

extension ChildProcess {
    /// What a program printed, and its exit status.
    package struct Output: Equatable, Sendable {
        package var output: String
        package var errors: String
        package var status: Int32

        package init(output: String, errors: String, status: Int32) {
            self.output = output
            self.errors = errors
            self.status = status
        }
    }

    /// How much is read of what a program printed, in bytes.
    private static let outputLimit = 64 << 20

    /// Runs a program to its end, with `input` as its standard input.
    ///
    /// Its streams are files. A pipe could be held open by a program that another test starts at the same moment, it
    /// fills up if nobody reads, and writing to one that nobody reads any more ends the test. With `mergesErrors`,
    /// errors are in the output, where they were written.
    /// - Throws: ``NotEnded``, and what starting it throws.
    package static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], in directory: String? = nil,
        input: String = "", mergesErrors: Bool = false
    ) async throws -> Output {
        let streams = TemporaryDirectory()
        defer { withExtendedLifetime(streams) {} }
        let paths = ["in", "out", "err"].map { "\(streams.path)/\($0)" }
        try Data(input.utf8).write(to: URL(fileURLWithPath: paths[0]))
        let child = try ChildProcess(
            program, arguments, environment: environment, in: directory, input: paths[0], output: paths[1],
            errors: paths[mergesErrors ? 1 : 2])
        let status = try await child.waitForExit()
        return Output(
            output: try text(of: paths[1]), errors: mergesErrors ? "" : try text(of: paths[2]), status: status)
    }

    private static func text(of path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        return String(decoding: try file.read(upToCount: outputLimit) ?? Data(), as: UTF8.self)
    }
}
