internal import ArgumentParser
internal import KTSDBServer
internal import KTSDBTools

/// Prints the manual, or writes its pages.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print a page of the manual for man(1), or write all pages into a directory.",
        discussion: """
              ktsdb manual query | man -l -
              ktsdb manual --directory /usr/local/share/man/man1
            """)

    @Argument(help: "The command whose page is printed; without it, that of the program.")
    var command: String?

    @Option(help: "Write all pages into this directory.")
    var directory: String?

    func run() throws {
        guard let root = ProgramManual.root() else { throw StartError("the commands cannot be described") }
        let pages = ManualPage.all(root, version: BuildInformation.version)
        if let directory {
            do throws(ToolFileError) {
                for page in pages { try ToolFiles().write(page.text, to: "\(directory)/\(page.fileName)") }
            } catch { throw StartError("\(error)") }
            return
        }
        let name = ([root.name] + (command.map { [$0] } ?? [])).joined(separator: "-") + ".1"
        guard let page = pages.first(where: { $0.fileName == name }) else {
            throw ValidationError("there is no page \(name)")
        }
        print(page.text, terminator: "")
    }
}
