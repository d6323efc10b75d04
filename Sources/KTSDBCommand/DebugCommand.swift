internal import ArgumentParser

/// The commands that collect debugging information from a server.
struct DebugCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["debug"],
        subcommands: [
            PromtoolArguments<DebugAll>.self, PromtoolArguments<DebugMetrics>.self,
            PromtoolArguments<DebugProfiles>.self,
        ])
}

enum DebugAll: PromtoolWords { static let words = ["debug", "all"] }
enum DebugMetrics: PromtoolWords { static let words = ["debug", "metrics"] }
enum DebugProfiles: PromtoolWords { static let words = ["debug", "pprof"] }
