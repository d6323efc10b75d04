internal import Foundation

/// A program that a test runs; it is killed when the object is released, if it has not ended before.
///
/// It inherits none of the test's streams. A program that outlives a test that crashed would hold them open, and
/// whoever reads the test's output, such as `make test | tee`, would wait for it for ever.
///
/// `@unchecked Sendable`: nothing of the process is changed after its start.
package final class ChildProcess: @unchecked Sendable {
    private let process = Process()

    /// Starts a program.
    ///
    /// `input`, `output` and `errors` are paths of files; without one, the stream is empty or goes nowhere. What the
    /// program writes replaces what is in the files; if both are the same, it is in the order in which it is written.
    /// `environment` is set besides the test's own.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], in directory: String? = nil,
        input: String? = nil, output: String? = nil, errors: String? = nil
    ) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let outputHandle = try Self.handle(writing: output)
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? FileHandle.nullDevice
        process.standardOutput = outputHandle
        process.standardError = errors == output ? outputHandle : try Self.handle(writing: errors)
        try process.run()
    }

    private static func handle(writing path: String?) throws -> FileHandle {
        guard let path else { return .nullDevice }
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    deinit { signal(SIGKILL) }

    /// The number by which the system knows it.
    package var id: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }

    /// Sends a signal, unless the program has ended.
    ///
    /// A program begins with the signals blocked that the thread blocks that starts it, and those of a task block all
    /// but SIGKILL. One that does not set its mask, such as `sleep`, does not see others.
    package func signal(_ number: Int32) {
        if process.isRunning { _ = kill(process.processIdentifier, number) }
    }

    /// A program did not end, and was killed.
    package struct NotEnded: Error {}

    /// How often ``waitForExit()`` looks. Looks are counted, not seconds: other tests may keep this one from running
    /// for a long time.
    private static let looks = 12_000

    /// Waits for the end of the program, for at least a minute, and returns its status.
    /// - Throws: ``NotEnded``.
    package func waitForExit() async throws -> Int32 {
        for _ in 0..<Self.looks where process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        guard !process.isRunning else {
            signal(SIGKILL)
            throw NotEnded()
        }
        return process.terminationStatus
    }
}
