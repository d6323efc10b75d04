internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBServer

/// Lists the files that were set aside.
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
