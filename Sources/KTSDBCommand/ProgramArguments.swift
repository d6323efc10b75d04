internal import KTSDBConfiguration

/// The arguments with which the program was started.
enum ProgramArguments {
    /// All arguments, the program's name first.
    ///
    /// Swift looks for them next to the environment. If a preloaded library sets a variable, the environment moves and
    /// Swift finds no arguments, so the server would start as if it had no flags. `/proc/self/cmdline` is always right.
    static let all: [String] = {
        guard let line = try? LocalFile.read("/proc/self/cmdline"), line.last == 0 else { return CommandLine.arguments }
        return line.dropLast().split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }()
}
