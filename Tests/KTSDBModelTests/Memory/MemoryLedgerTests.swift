import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `The memory ledger` {
    private static let mebibyte = 1 << 20

    @Test func `has marks that leave room for a seal`() {
        // The limit, the soft, the hard and the floor mark, in MiB.
        let expected = [(64, 25, 32, 48), (512, 384, 480, 496), (1 << 14, 12_582, 15_728, 16_056)]
        for (limit, soft, hard, floor) in expected {
            let marks = MemoryMarks(limit: limit * Self.mebibyte)
            #expect(marks.limit == limit * Self.mebibyte)
            #expect(marks.soft / Self.mebibyte == soft && marks.hard / Self.mebibyte == hard)
            #expect(marks.floor / Self.mebibyte == floor)
        }
        for limit in [Int.min, -1, 0, 1, 3, 100, 1 << 20, .max] {
            let marks = MemoryMarks(limit: limit)
            #expect(0 <= marks.soft && marks.soft <= marks.hard && marks.hard <= marks.floor, "\(limit)")
            #expect(marks.floor <= marks.limit && marks.floor >= marks.limit / 4 * 3, "\(limit)")
        }
    }

    @Test func `says which marks are passed`() {
        let ledger = MemoryLedger(limit: 512 * Self.mebibyte)
        let account = MemoryAccount(ledger, .samples)
        for (mebibytes, pressure) in [
            (0, MemoryPressure.none), (383, .none), (384, .soft), (479, .soft), (480, .hard), (495, .hard),
            (496, .floor),
            (600, .floor), (100, .none),
        ] {
            account.set(mebibytes * Self.mebibyte)
            #expect(ledger.pressure == pressure, "\(mebibytes) MiB")
            #expect(ledger.room(holding: Self.mebibyte) == max(0, 480 - mebibytes) * Self.mebibyte)
            let small = pressure == .floor ? 0 : Self.mebibyte / 4
            #expect(ledger.room(holding: Self.mebibyte / 4 * 3) == max(small, (480 - mebibytes) * Self.mebibyte))
            #expect(ledger.admitsSeries() == (pressure < .hard))
        }
        #expect(ledger.refusals.series == 4)
        #expect(ledger.peakBytes == 600 * Self.mebibyte)
    }

    @Test func `without a limit only counts`() {
        let ledger = MemoryLedger()
        let account = MemoryAccount(ledger, .pages)
        account.add(1 << 50)
        #expect(ledger.pressure == .none && ledger.room(holding: 0) == .max && ledger.admitsSeries())
        #expect(ledger.bytes == 1 << 50 && ledger.limit == nil && ledger.refusals == MemoryRefusals())
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `agrees with a plain sum`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let ledger = MemoryLedger(limit: 1 << 30)
        var accounts: [(account: MemoryAccount, holder: MemoryHolder, bytes: Int)] = []
        var peaks: [MemoryHolder: Int] = [:], peak = 0
        for _ in 0..<500 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let holder = MemoryHolder.allCases.filter { $0 != .other }.randomElement(using: &random)!
                accounts.append((MemoryAccount(ledger, holder), holder, 0))
            case 1 where !accounts.isEmpty: accounts.remove(at: Int.random(in: 0..<accounts.count, using: &random))
            case 2 where !accounts.isEmpty:
                let index = Int.random(in: 0..<accounts.count, using: &random)
                accounts[index].bytes = Int.random(in: 0..<1 << 28, using: &random)
                accounts[index].account.set(accounts[index].bytes)
            case 3...5 where !accounts.isEmpty:
                let index = Int.random(in: 0..<accounts.count, using: &random)
                let change = Int.random(in: -accounts[index].bytes...(1 << 20), using: &random)
                accounts[index].bytes += change
                accounts[index].account.add(change)
            default: continue
            }
            var sums: [MemoryHolder: Int] = [:]
            for entry in accounts { sums[entry.holder, default: 0] += entry.bytes }
            for (holder, sum) in sums { peaks[holder] = max(peaks[holder] ?? 0, sum) }
            peak = max(peak, sums.values.reduce(0, +))
            for holding in ledger.holdings {
                #expect(holding.bytes == sums[holding.holder] ?? 0)
                #expect(holding.peakBytes == peaks[holding.holder] ?? 0)
            }
            #expect(ledger.bytes == sums.values.reduce(0, +) && ledger.peakBytes == peak)
        }
        accounts = []
        #expect(ledger.bytes == 0 && ledger.peakBytes == peak)
    }

    @Test func `knows what of the process nobody counts`() {
        let ledger = MemoryLedger(limit: 512 * Self.mebibyte)
        let account = MemoryAccount(ledger, .series)
        account.set(100)
        ledger.noteProcess(bytes: 1000)
        #expect(ledger.bytes == 1000 && ledger.bytes(of: .other) == 900)
        account.set(400)
        ledger.noteProcess(bytes: 1000)
        #expect(ledger.bytes == 1000 && ledger.bytes(of: .other) == 600)
        // Counts are estimates and may be too high.
        account.set(2000)
        ledger.noteProcess(bytes: 1000)
        #expect(ledger.bytes == 2000 && ledger.bytes(of: .other) == 0)
        ledger.noteProcess(bytes: 500 * Self.mebibyte)
        #expect(ledger.pressure == .floor)
    }

    @Test func `ends the newest of the large queries, one at a time`() {
        let ledger = MemoryLedger(limit: 512 * Self.mebibyte)
        #expect(!ledger.endNewestClaim())
        let claims = [100, 400, 99, 300, 10].map { bytes in
            let claim = MemoryClaim()
            claim.bytes = bytes
            ledger.begin(claim)
            return claim
        }
        #expect(ledger.endNewestClaim())
        #expect(claims.map(\.isRevoked) == [false, false, false, true, false])
        // It has not given its memory back yet.
        #expect(!ledger.endNewestClaim())
        ledger.end(claims[3])
        #expect(ledger.endNewestClaim())
        #expect(claims.map(\.isRevoked) == [false, true, false, true, false])
        ledger.end(claims[1])
        for claim in [claims[0], claims[2], claims[4]] { ledger.end(claim) }
        #expect(!ledger.endNewestClaim())
        #expect(ledger.refusals.endedQueries == 2)
    }
}
