internal import KTSDBConfiguration

/// The arguments with which the program was started.
enum ProgramArguments {
    /// All arguments, the program's name first.
    ///
    /// Swift looks for them next to the environment. A preloaded library that sets a variable moves the environment
    /// elsewhere, and the server would start as if it had no flags. The kernel always knows them.
    static let all: [String] = {
        guard let line = try? LocalFile.read("/proc/self/cmdline"), line.last == 0 else { return CommandLine.arguments }
        return line.dropLast().split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }()
}
