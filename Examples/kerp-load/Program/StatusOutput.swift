internal import CLibrary

/// What the program says of itself, on standard error, because standard output may have the service's log.
enum StatusOutput {
    static func write(_ line: String) { _ = SystemCall.writeBytes(STDERR_FILENO, Array("kerp-load: \(line)\n".utf8)) }
}
