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

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let database = try StoredDatabase.reading(data)
        let deletions = database.deletions
        try database.close()
        guard !json else { return JSONTree.array(deletions.map(\.json)).print() }
        for deletion in deletions { print(deletion.line) }
    }
}

extension JSONTree {
    /// Prints the tree on a line.
    func print() { Swift.print(String(decoding: encoded, as: UTF8.self)) }
}

extension Deletion {
    /// The deletion with its times in milliseconds.
    fileprivate var json: JSONTree {
        .members([
            ("id", .integer(id)),
            ("matchers", .array(matchers.map { list in .array(list.map { .string($0.description) }) })),
            ("start", range.lowerBound == .earliest ? nil : .integer(range.lowerBound.milliseconds)),
            ("end", range.upperBound == .latest ? nil : .integer(range.upperBound.milliseconds)),
            ("createdAt", .integer(createdAt.milliseconds)), ("canBeUndone", .bool(undoableUntil != nil)),
        ])
    }

    /// The deletion in one line.
    fileprivate var line: String {
        let selectors = matchers.map { "{" + $0.map(\.description).joined(separator: ",") + "}" }
        let first = range.lowerBound == .earliest ? "the beginning" : RFC3339.format(range.lowerBound)
        let last = range.upperBound == .latest ? "the end" : RFC3339.format(range.upperBound)
        return "\(id)  \(selectors.joined(separator: " or "))  from \(first) to \(last), "
            + "made \(RFC3339.format(createdAt))\(undoableUntil == nil ? ", being removed" : "")"
    }
}
