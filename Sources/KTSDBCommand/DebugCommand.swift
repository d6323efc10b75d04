internal import ArgumentParser

/// The commands that collect debugging information from a server.
struct DebugCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["debug"], subcommands: [DebugAllCommand.self, DebugMetricsCommand.self, DebugProfilesCommand.self])
}

/// `ktsdb debug all`
struct DebugAllCommand: PromtoolArguments {
    static let words = ["debug", "all"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb debug metrics`
struct DebugMetricsCommand: PromtoolArguments {
    static let words = ["debug", "metrics"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb debug pprof`
struct DebugProfilesCommand: PromtoolArguments {
    static let words = ["debug", "pprof"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}
