import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Sets of series` {
    @Test(arguments: [0, 1, 31, 32, 33, 100, 5000])
    func `contain what they were made of, in each form`(bound: Int) {
        var random = SeededGenerator(seed: UInt64(bound))
        var sets: [SeriesSet] = [], known: Set<UInt32> = []
        for share in [1, 2, 3, 40, 700] {
            let numbers = (0..<UInt32(bound)).filter { _ in random.oneIn(share) }
            let set = SeriesSet(numbers, bound: bound)
            #expect(set.count == numbers.count && set.isAll == (numbers.count == bound))
            #expect((0..<UInt32(bound)).filter(set.contains) == numbers)
            if share > 1 {
                sets.append(set)
                known.formUnion(numbers)
            }
        }
        let union = SeriesSet.union(sets, bound: bound)
        #expect((0..<UInt32(bound)).filter(union.contains) == known.sorted())
    }
}
