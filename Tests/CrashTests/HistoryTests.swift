import Foundation
import KTSDBTesting
import Testing

/// Random histories against a plain model, some with the same seeds each time, some with new ones.
@Suite struct `Random histories` {
    static let steps = 60
    static let fresh = UInt64.random(in: 1...1 << 40)

    /// `KTSDB_HISTORY=14 swift test --filter Random.histories` repeats one history.
    @Test(.enabled(if: chosen != nil)) func `can be repeated`() throws {
        var run = HistoryRun(seed: Self.chosen!)
        try run.run(steps: Self.steps)
    }

    private static let chosen = ProcessInfo.processInfo.environment["KTSDB_HISTORY"].flatMap { UInt64($0) }

    /// Series that had left memory, but not the checkpoint, before an import or a deletion; a deletion of which it was
    /// not known whether it was stored.
    @Test(arguments: [105_353, 109_135, 102_540, 206_335] as [UInt64])
    func `show what the model shows where they once did not`(seed: UInt64) throws {
        var run = HistoryRun(seed: seed)
        try run.run(steps: Self.steps)
    }

    @Test(arguments: 0..<8)
    func `show what the model shows, whatever fails`(part: Int) throws {
        let count = Effort.isFull ? 100 : 12
        for number in 0..<count {
            let known = UInt64(part * count + number)
            for seed in [known, Self.fresh &+ known] {
                var run = HistoryRun(seed: seed)
                try run.run(steps: Self.steps)
            }
        }
    }
}
