internal import ArgumentParser

/// The commands about expressions.
struct PromQLCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["promql"], subcommands: [PromtoolArguments<PromQLFormat>.self, PromQLMatchersCommand.self])
}

/// The commands about the matchers in an expression.
struct PromQLMatchersCommand: ParsableCommand {
    static let configuration = PromtoolGroup.configuration(
        ["promql", "label-matchers"],
        subcommands: [PromtoolArguments<PromQLMatchersSet>.self, PromtoolArguments<PromQLMatchersDelete>.self])
}

enum PromQLFormat: PromtoolWords { static let words = ["promql", "format"] }
enum PromQLMatchersSet: PromtoolWords { static let words = ["promql", "label-matchers", "set"] }
enum PromQLMatchersDelete: PromtoolWords { static let words = ["promql", "label-matchers", "delete"] }
