internal import ArgumentParser

/// The commands that send to a server.
struct PushCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["push"], subcommands: [PushMetricsCommand.self])
}

/// `ktsdb push metrics`
struct PushMetricsCommand: PromtoolArguments {
    static let words = ["push", "metrics"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}
