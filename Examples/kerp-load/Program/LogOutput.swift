internal import CLibrary

/// Where log lines go.
struct LogOutput: Sendable {
    private let descriptor: Int32?

    /// Opens the file at `path` to append to it; `-` is standard output, `none` is nowhere.
    init(_ path: String) throws(LogProblem) {
        switch path {
        case "none": descriptor = nil
        case "-": descriptor = STDOUT_FILENO
        default:
            let opened = SystemCall.openFile(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC)
            guard opened >= 0 else { throw LogProblem(path: path, reason: SystemCall.message(errno)) }
            descriptor = opened
        }
    }

    /// Whether lines are written at all.
    var isOpen: Bool { descriptor != nil }

    /// Writes whole lines.
    func write(_ lines: [UInt8]) throws(LogProblem) {
        guard let descriptor else { return }
        var rest = lines[...]
        while !rest.isEmpty {
            let written = SystemCall.writeBytes(descriptor, Array(rest))
            if written > 0 { rest = rest.dropFirst(written) }
            guard written > 0 || errno == EINTR else {
                throw LogProblem(path: "the log", reason: SystemCall.message(errno))
            }
        }
    }
}

/// Why the log cannot be written.
struct LogProblem: Error, CustomStringConvertible {
    var path: String
    var reason: String

    var description: String { "\(path): \(reason)" }
}
