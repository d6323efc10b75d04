internal import ArgumentParser

/// The commands about silences.
struct SilenceCommand: AmtoolArguments {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Add, list, change, end, import or export silences.",
        discussion: """
            Arguments and output are those of `amtool silence`, with subcommands query (the default), add, update, expire, \
            import and export; `ktsdb silence add --help` lists the flags of one. `import` takes what `export` prints, and the \
            file of silences of an Alertmanager; `ktsdb alertmanager import` keeps the ids.

              ktsdb silence add alertname=APIDown instance=~'10.0.0.*' --comment='new switch' --duration=2h
              ktsdb silence expire ID
            """)
    static let words = ["silence"]

    @Argument(parsing: .captureForPassthrough, help: "A subcommand, and its arguments.")
    var arguments: [String] = []
}
