import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Samples that wait for their chunks` {
    private struct Waiting: Equatable {
        var place: Int, time: Int64, bits: UInt64, epoch: UInt32, keepsUndo: Bool
    }

    /// Takes all out, in the order in which they come.
    private static func drain(_ pending: inout PendingSamples) -> [Waiting] {
        var drained: [Waiting] = []
        pending.drain { samples, place, numbers in
            for index in 0..<numbers.count {
                let number = numbers[index]
                let (time, bits) = samples.sample(number), mark = samples.epoch(of: number)
                drained.append(
                    Waiting(place: place.index, time: time, bits: bits, epoch: mark.epoch, keepsUndo: mark.keepsUndo))
            }
        }
        return drained
    }

    @Test(arguments: 0..<40)
    func `come out series by series as they came, with what views must know`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let gauge = ByteGauge()
        do {
            var pending = PendingSamples(gauge: gauge)
            for _ in 0..<3 {
                let count =
                    seed % 2 == 0 ? Int.random(in: 1...80, using: &random) : Int.random(in: 1...4096, using: &random)
                let places = [1, 7, Slab.capacity].randomElement(using: &random)!
                var time = Int64.random(in: -1_000...1_000_000_000_000, using: &random), epoch: UInt32 = 5
                var all: [Waiting] = []
                for _ in 0..<count {
                    time += Int64.random(in: -100...1_000, using: &random)
                    if Int.random(in: 0..<200, using: &random) == 0 { epoch += 1 }
                    let sample = Waiting(
                        place: Int.random(in: 0..<places, using: &random), time: time,
                        bits: UInt64.random(in: 0 ... .max, using: &random), epoch: epoch, keepsUndo: epoch % 2 == 0)
                    let isTaken = pending.append(
                        SlabPlace(of: UInt32(sample.place)), time: time, bits: sample.bits,
                        epoch: CommitEpoch(epoch, keepsUndo: sample.keepsUndo))
                    #expect(isTaken)
                    all.append(sample)
                }
                #expect(pending.count == count && gauge.value > 0)
                let drained = Self.drain(&pending)
                #expect(pending.count == 0 && drained.count == count)
                for place in 0..<places {
                    #expect(drained.filter { $0.place == place } == all.filter { $0.place == place })
                }
            }
            pending.release()
            #expect(gauge.value == 0)
        }
        #expect(gauge.value == 0)
    }

    @Test func `do not take more than they have room for, nor times too far apart`() {
        var pending = PendingSamples(gauge: ByteGauge())
        func append(_ time: Int64, to pending: inout PendingSamples) -> Bool {
            pending.append(SlabPlace(of: 3), time: time, bits: 1, epoch: CommitEpoch(1, keepsUndo: false))
        }
        #expect(append(.min, to: &pending) && !append(0, to: &pending))
        #expect(append(.min + Int64(Int32.max), to: &pending) && !append(.min + Int64(Int32.max) + 1, to: &pending))
        // The distance wraps, and so does the sum that restores the time.
        #expect(append(.max, to: &pending))
        #expect(Self.drain(&pending).map(\.time) == [.min, .min + Int64(Int32.max), .max])
        for time in 0..<PendingSamples.capacity { #expect(append(Int64(time), to: &pending)) }
        #expect(!append(5, to: &pending))
        #expect(Self.drain(&pending).map(\.time) == (0..<Int64(PendingSamples.capacity)).map { $0 })
        #expect(append(.max, to: &pending) && Self.drain(&pending).map(\.time) == [.max])
    }
}
