internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer

/// Restores blocks that were set aside.
struct RestoreSetAsideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-set-aside",
        abstract: "Take back the blocks that were moved out of the way.",
        discussion: "What cannot be restored stays in set-aside/. No server may be using the directory.")

    @Option(help: "The data directory.")
    var data = "data/"

    func run() throws {
        do throws(OpenError) {
            SetAsideText.print(try Database.restoreSetAside(path: data))
        } catch { throw StartError("\(error)") }
    }
}
