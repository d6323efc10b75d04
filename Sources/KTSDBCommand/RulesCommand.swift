internal import ArgumentParser

/// The commands about rules over what is stored.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Try rules on stored samples, or record what they would have recorded.",
        subcommands: [BacktestCommand.self, BackfillCommand.self])
}
