internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer

/// Lists the files that were moved out of the way.
struct ListSetAsideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-set-aside",
        abstract: "List the files that were moved out of the way because no readable MANIFEST named them.",
        discussion: "Nothing is changed. No server may be using the directory.")

    @Option(help: "The data directory.")
    var data = "data/"

    func run() throws {
        do throws(OpenError) {
            SetAsideText.print(try Database.setAsideFiles(path: data))
        } catch { throw StartError("\(error)") }
    }
}

/// Takes blocks back that were moved out of the way.
struct RestoreSetAsideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-set-aside",
        abstract: "Take back the blocks that were moved out of the way.",
        discussion: "What cannot be taken back stays in set-aside/. No server may be using the directory.")

    @Option(help: "The data directory.")
    var data = "data/"

    func run() throws {
        do throws(OpenError) {
            SetAsideText.print(try Database.restoreSetAside(path: data))
        } catch { throw StartError("\(error)") }
    }
}

private enum SetAsideText {
    static func print(_ entries: [SetAsideEntry]) {
        for entry in entries { Swift.print(entry) }
        if entries.isEmpty { Swift.print("No file is set aside.") }
    }
}
