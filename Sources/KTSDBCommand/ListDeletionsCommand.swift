internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import PrometheusWire

/// Lists the deletions whose samples are not all removed yet.
struct ListDeletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deletions", abstract: "List the deletions whose samples are not all removed from the disk yet.",
        discussion: "Nothing is changed. No server may be using the directory.")

    @Option(help: "The directory of the database.")
    var data: String

    func run() throws {
        let database = try StoredDatabase.reading(data)
        for deletion in database.deletions { print(deletion.line) }
        try database.close()
    }
}

extension Deletion {
    /// The deletion in one line.
    fileprivate var line: String {
        let selectors = matchers.map { "{" + $0.map(\.description).joined(separator: ",") + "}" }
        let first = range.lowerBound == .earliest ? "the beginning" : RFC3339.format(range.lowerBound)
        let last = range.upperBound == .latest ? "the end" : RFC3339.format(range.upperBound)
        return "\(id)  \(selectors.joined(separator: " or "))  from \(first) to \(last), "
            + "made \(RFC3339.format(createdAt))\(undoableUntil == nil ? ", being removed" : "")"
    }
}
