import Testing

@testable import KTSDBEngine

@Suite struct `Bits without a lock` {
    @Test func `stay set`() {
        let bits = AtomicBits(count: 130)
        for index in [0, 63, 64, 129] { bits.insert(index) }
        #expect((0..<130).filter { bits.contains($0) } == [0, 63, 64, 129])
    }

    @Test func `end the process beyond their number`() async {
        await #expect(processExitsWith: .failure) { _ = AtomicBits(count: 64).contains(64) }
        await #expect(processExitsWith: .failure) { AtomicBits(count: 64).insert(-1) }
    }
}
