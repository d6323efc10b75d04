internal import ArgumentParser

/// The commands about expressions.
struct PromQLCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["promql"], subcommands: [PromQLFormatCommand.self, PromQLMatchersCommand.self])
}

/// `ktsdb promql format`
struct PromQLFormatCommand: PromtoolArguments {
    static let words = ["promql", "format"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// The commands about the matchers in an expression.
struct PromQLMatchersCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["promql", "label-matchers"], subcommands: [PromQLSetCommand.self, PromQLDeleteCommand.self])
}

/// `ktsdb promql label-matchers set`
struct PromQLSetCommand: PromtoolArguments {
    static let words = ["promql", "label-matchers", "set"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}

/// `ktsdb promql label-matchers delete`
struct PromQLDeleteCommand: PromtoolArguments {
    static let words = ["promql", "label-matchers", "delete"]
    static let configuration = described(words)

    @Argument(parsing: .captureForPassthrough, help: "The flags and arguments of promtool's command.")
    var arguments: [String] = []
}
