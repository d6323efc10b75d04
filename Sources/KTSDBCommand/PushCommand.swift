internal import ArgumentParser

/// The commands that send to a server.
struct PushCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["push"], subcommands: [PromtoolArguments<PushMetrics>.self])
}

enum PushMetrics: PromtoolWords { static let words = ["push", "metrics"] }
