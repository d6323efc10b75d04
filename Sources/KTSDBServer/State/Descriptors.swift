internal import KTSDBScrape
internal import NIOCore
internal import NIOPosix

/// How many files and connections this process may have open.
struct Descriptors {
    /// The system's limit.
    var limit: Int
    /// How many are open now.
    var open: Int

    init(limit: Int, open: Int) {
        self.limit = limit
        self.open = open
    }

    /// The current limit and use.
    static var now: Descriptors {
        let process = ProcessStatistics.read()
        // If the system does not report a limit, none is assumed.
        let limit = process.maximumFiles > 0 ? process.maximumFiles : Double(1 << 20)
        return Descriptors(limit: Int(min(limit, Double(1 << 30))), open: process.openFiles)
    }

    /// The least number with which the server starts: for event loops, a database with some blocks, and a few
    /// connections.
    static func needed(processors: Int) -> Int { 40 + 3 * (processors + min(processors, 4)) }

    /// Returns how many of the `wanted` connections are possible: half of what is free once the server runs. The rest
    /// is for the files of the database, and for the targets.
    func connections(wanted: Int) -> Int {
        max(1, min(wanted, (limit - max(open, Self.needed(processors: System.coreCount))) / 2))
    }

    /// Checks that the limit is high enough.
    ///
    /// - Throws: ``StartError`` if it is too low to start.
    static func check() throws(StartError) {
        let found = now.limit, needed = needed(processors: System.coreCount)
        guard found < needed else { return }
        throw StartError(
            "only \(found) files and connections may be open, and the server needs \(needed). Allow more with `ulimit -n`."
        )
    }

    /// Makes the runtime open now what it would otherwise open when it is first needed: with no descriptor left, it
    /// would end the process.
    static func reserve() {
        _ = MultiThreadedEventLoopGroup.singleton.next()
        ScrapeThreads.reserve()
        // Setting a timer opens its descriptor. Nobody waits for it: where a test shifts the clock, it may never fire.
        Task { try await Task.sleep(for: .milliseconds(1), clock: .continuous) }
        Task { try await Task.sleep(for: .milliseconds(1), clock: .suspending) }
    }
}
