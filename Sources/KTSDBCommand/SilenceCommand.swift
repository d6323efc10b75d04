internal import ArgumentParser

/// The commands about silences.
struct SilenceCommand: AmtoolArguments {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Add, list, change, end, import or export silences.",
        discussion: """
            Arguments and output are those of `amtool silence`, with subcommands query (the default), add, update, expire, \
            import and export. `import` takes what `export` prints, and the file of silences of an Alertmanager.
            """)
    static let words = ["silence"]

    @Argument(parsing: .captureForPassthrough, help: "A subcommand, and its arguments.")
    var arguments: [String] = []
}
