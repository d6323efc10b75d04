import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization

/// One commit as a test makes it and reads it back; values as bits, so that NaNs compare.
struct TestCommit: Hashable {
    var context = FrameContext(wallClock: 1_700_000_000_000)
    var definitions: [SeriesDefinition] = []
    var ids: [UInt64] = []
    var times: [Int64] = []
    var bits: [UInt64] = []

    init(context: FrameContext = FrameContext(wallClock: 1_700_000_000_000), definitions: [SeriesDefinition] = []) {
        self.context = context
        self.definitions = definitions
    }

    init(_ frame: borrowing LoggedCommit) {
        context = frame.context
        definitions = frame.definitions
        for index in 0..<frame.ids.count {
            ids.append(frame.ids[index])
            times.append(frame.times[index])
            bits.append(frame.values[index].bitPattern)
        }
    }

    mutating func add(_ id: UInt64, _ time: Int64, _ value: Double) {
        ids.append(id)
        times.append(time)
        bits.append(value.bitPattern)
    }

    /// The same commit without the definitions, which depend on the segment.
    var withoutDefinitions: TestCommit {
        var copy = self
        copy.definitions = []
        return copy
    }

    /// A commit that depends on `seed` alone, with values of every kind.
    static func random(seed: UInt64, series: Int = 12, samples: Int = 10) -> TestCommit {
        var random = SeededGenerator(seed: seed)
        var commit = TestCommit(
            context: FrameContext(
                wallClock: Int64.random(in: -5...2_000_000_000_000, using: &random), maxFutureMilliseconds: 600_000,
                windowMilliseconds: Bool.random(using: &random) ? .max : 3_600_000, flags: UInt32(seed & 7)))
        let start = Int64.random(in: 0...2_000_000_000_000, using: &random)
        let sameTime = Bool.random(using: &random)
        for index in 0..<Int.random(in: 0...samples, using: &random) {
            let id =
                Bool.random(using: &random) ? UInt64(index + 1) : UInt64.random(in: 1...UInt64(series), using: &random)
            let time = sameTime ? start : start + Int64.random(in: -1000...100_000, using: &random)
            commit.add(id, time, TestValues.random(using: &random))
        }
        return commit
    }
}

enum TestValues {
    /// Values at the edges of every encoding.
    static let edges: [Double] = [
        0, -0.0, 1, -1, 255, 256, 65_535, 65_536, 1e6, 0x1p48 - 1, 0x1p48, 0x1p53, -0x1p53, 0.5, 0.001, -0.001, 0.1,
        12.34,
        1234.567, 549_755_812.0, 549_755_813.887, -549_755_813.888, 1 / 3, .pi, .infinity, -.infinity, .ulpOfOne,
        .leastNonzeroMagnitude, .greatestFiniteMagnitude, .staleMarker, .ordinaryNaN, .nan,
        Double(bitPattern: 0x7ff8_dead_beef_0001), Double(bitPattern: 0xfff0_0000_0000_0003), 0x1.8p1000, -0x1p-1000,
    ]

    static func random(using random: inout SeededGenerator) -> Double {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: edges.randomElement(using: &random)!
        case 1: Double(Int.random(in: 0...1000, using: &random))
        case 2: Double(Int64.random(in: 0...(1 << 55), using: &random) >> Int64.random(in: 0...50, using: &random))
        case 3: Double(Int.random(in: -100_000_000...100_000_000, using: &random)) / 1000
        case 4: Double.random(in: -1...1, using: &random)
        default: Double(bitPattern: random.next())
        }
    }
}

/// How much of a long sweep a build goes through: builds with optimisation all of it, others a part that still
/// touches everything.
enum Effort {
    #if DEBUG
        static let isFull = false
    #else
        static let isFull = true
    #endif
    /// Seeds for each place that is tried.
    static func seeds(_ few: UInt64) -> Range<UInt64> { 0..<(isFull ? few * 4 : few) }
}

/// A clock that stands until a test moves it.
final class TestClock: Sendable {
    private let now = Atomic<UInt64>(1_000_000_000)
    var nanoseconds: UInt64 { now.load(ordering: .relaxed) }
    func advance(milliseconds: UInt64) { now.add(milliseconds * 1_000_000, ordering: .relaxed) }
}

/// A log with what a test needs around it: which series were defined in which segment, and what was replayed.
final class TestLog {
    static let databaseID: UInt64 = 0x1234_5678_9abc_def0
    static let directory = "data/wal"

    var writer: LogWriter
    var report: LogReport
    /// Replayed commits by sequence.
    var replayed: [UInt64: TestCommit] = [:]
    var sealed: Set<UInt64> = []
    var known: [UInt64: Labels] = [:]
    /// Samples whose series no definition names.
    var orphans = 0
    private var definedIn: [UInt64: UInt64] = [:]
    private var samples = EncodedCommit()

    /// An empty disk on which the directory around the log is there for good.
    static func disk() -> SimulatedFileSystem {
        let disk = SimulatedFileSystem()
        disk.setContents(of: "data/LOCK", to: [])
        return disk
    }

    static func labels(of id: UInt64) -> Labels {
        ["__name__": "metric_\(id % 3)", "instance": "host:9100", "n": "\(id)"]
    }

    init(
        _ files: some FileSystem, sealedThrough: UInt64 = 0, options: LogOptions = TestLog.options(),
        databaseID: UInt64 = TestLog.databaseID
    ) throws {
        var replayed: [UInt64: TestCommit] = [:]
        var sealed: Set<UInt64> = []
        var known: [UInt64: Labels] = [:]
        var orphans = 0
        var last: UInt64 = 0
        (writer, report) = try LogRecovery<LoggedCommit>.recover(
            fileSystem: files, directory: TestLog.directory, databaseID: databaseID, sealedThrough: sealedThrough,
            options: options
        ) { frame in
            precondition(frame.sequence > last, "Commits are replayed in order.")
            last = frame.sequence
            for definition in frame.definitions { known[definition.id] = definition.labels }
            if frame.isSealed { sealed.insert(frame.sequence) } else { replayed[frame.sequence] = TestCommit(frame) }
            for index in 0..<frame.ids.count where known[frame.ids[index]] == nil { orphans += 1 }
        }
        self.replayed = replayed
        self.sealed = sealed
        self.known = known
        self.orphans = orphans
    }

    static func options(
        _ durability: Durability = .buffered, segment: Int = 2000, kept: Int = 1 << 20, clock: TestClock = TestClock()
    ) -> LogOptions {
        var options = LogOptions()
        options.durability = durability
        options.segmentByteLimit = segment
        options.keptByteLimit = kept
        options.clock = { clock.nanoseconds }
        return options
    }

    /// Writes a commit, with the definitions that its segment does not have yet.
    func append(_ commit: TestCommit) throws(LogError) -> UInt64 {
        let values = commit.bits.map { Double(bitPattern: $0) }
        samples.encode(ids: commit.ids.span, times: commit.times.span, values: values.span)
        try writer.prepare(byteCount: samples.body.byteCount)
        let segment = writer.segmentNumber
        var definitions: [SeriesDefinition] = []
        for id in Set(commit.ids).sorted() where definedIn[id] != segment {
            definitions.append(SeriesDefinition(id: id, labels: TestLog.labels(of: id)))
        }
        samples.define(definitions)
        let sequence = try writer.append(commit.context, samples.body)
        for definition in definitions { definedIn[definition.id] = segment }
        return sequence
    }
}
