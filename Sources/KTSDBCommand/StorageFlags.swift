internal import ArgumentParser
internal import CLibrary
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import KTSDBTools
internal import PromQL
internal import PrometheusWire

/// Flags that the commands about a database's files share.
struct StorageFlags: ParsableArguments {
    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(name: [.customShort("q"), .long], help: "Print no progress.")
    var quiet = false

    /// Shows progress on a terminal.
    func progress(_ unit: ProgressBar.Unit = .bytes) -> ProgressBar { ProgressBar(unit, isShown: !json && !quiet) }

    /// Prints a result: a text, or JSON.
    func print(_ json: JSONTree, _ text: @autoclosure () -> String) {
        guard self.json else { return Swift.print(text()) }
        json.print()
    }
}

/// Flags that choose series and times.
struct SelectionFlags: ParsableArguments {
    @Option(
        name: [.long, .customLong("selector")], parsing: .singleValue,
        help: "A selector, such as 'up{job=\"api\"}'; a series is taken if one of them matches it. Default: all.")
    var match: [String] = []

    @Option(
        name: [.long, .customLong("min-time")],
        help: "The time of the first sample: seconds since 1970 or RFC 3339. Default: the earliest.")
    var start: String?

    @Option(name: [.long, .customLong("max-time")], help: "The time of the last sample. Default: the latest.")
    var end: String?

    func matchers() throws -> [[LabelMatcher]] {
        try match.map { text in
            do throws(ParseErrors) { return try parseSelector(text) } catch { throw StartError("\(text): \(error)") }
        }
    }

    func range() throws -> ClosedRange<Timestamp> {
        let first = try Self.time(start, "--start") ?? .earliest, last = try Self.time(end, "--end") ?? .latest
        guard first <= last else { throw StartError("--end is before --start") }
        return first...last
    }

    private static func time(_ text: String?, _ option: String) throws -> Timestamp? {
        guard let text else { return nil }
        do throws(ParameterError) { return try APIParameter.time(text) } catch {
            throw StartError("\(option): \(error)")
        }
    }
}

extension StoredView {
    /// Reads the database in a directory, and complains about what is damaged in it.
    static func open(_ directory: String) throws -> StoredView {
        let stored: StoredView
        do throws(StorageProblem) { stored = try StoredView(directory) } catch { throw StartError("\(error)") }
        for damage in stored.follower.damage { ProgressBar.complain("warning: \(damage)") }
        return stored
    }

    /// Ends with 1 if something is damaged and was left out.
    func checkWhole() throws { if !follower.damage.isEmpty { throw ExitCode(1) } }
}
