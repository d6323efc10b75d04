internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBServer
internal import KTSDBTools

/// The commands for replacing an Alertmanager.
struct AlertmanagerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alertmanager", abstract: "Take over from an Alertmanager.",
        subcommands: [AlertmanagerImportCommand.self])
}

/// Imports the files of an Alertmanager.
struct AlertmanagerImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import the silences and the notification log of an Alertmanager.",
        discussion: """
            Reads the files silences and nflog of the directory that Alertmanager's flag --storage.path names, so that \
            nothing is sent again that it has sent. Stop the Alertmanager before. No server may be using the database.
            """)

    @Argument(help: "The directory of the Alertmanager.")
    var directory: String

    @Option(help: "The directory of the database.")
    var data = "data/"

    func run() throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database: Database
        do throws(OpenError) { database = try Database(path: data, configuration: configuration) } catch {
            throw StartError("\(error)")
        }
        let now = WallTime(milliseconds: Timestamp.now.milliseconds)
        let output = StateImport.run(directory, ToolFiles(), into: database, at: now)
        do throws(StorageFault) { try database.close() } catch { throw StartError("\(error)") }
        try AmtoolProgram.print(output)
    }
}
