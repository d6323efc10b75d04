import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Records of rules` {
    static let time = PreciseTime(nanoseconds: 1_700_000_000_123_456_789)

    /// A state with all that a record can hold.
    static var example: RuleState {
        var state = RuleState(), alerts: [Alert] = []
        for (number, alertState) in AlertState.allCases.enumerated() {
            var alert = Alert(
                labels: ["alertname": "Down", "instance": "10.0.0.\(number):9100"],
                annotations: ["summary": "instance \(number) is down", "empty": ""], value: Double(number) - 0.5,
                activeAt: time - .seconds(60 * number))
            alert.state = alertState
            if alertState != .pending { alert.firedAt = time - .seconds(30) }
            if alertState != .pending { alert.firedValue = 9 }
            if alertState != .pending { alert.lastSentAt = time - .seconds(15) }
            if alertState == .inactive { alert.resolvedAt = time }
            if alertState == .firing { alert.keepFiringSince = time - .seconds(5) }
            alerts.append(alert)
        }
        state.alerts = Dictionary(uniqueKeysWithValues: alerts.map { ($0.labels, $0) })
        state.written.series = [["__name__": "left:over", "a": "b"]]
        state.written.alerts = [["alertname": "Down", "instance": "10.0.0.2:9100"]: .pending]
        state.evaluatedAt = time
        return state
    }

    @Test func `A state comes back`() throws {
        #expect(try RuleStateCoding.decode(RuleStateCoding.encode(Self.example)) == Self.example)
        for isRestored in [false, true] {
            let empty = RuleState(isRestored: isRestored)
            #expect(RuleStateCoding.encode(empty).count == 3)
            #expect(try RuleStateCoding.decode(RuleStateCoding.encode(empty)) == empty)
        }
    }

    @Test func `The bytes of version 1 do not change`() throws {
        let golden = try GoldenFile.bytes("rule-state-v1.record", written: RuleStateCoding.encode(Self.example))
        #expect(RuleStateCoding.encode(Self.example) == golden)
        #expect(try RuleStateCoding.decode(golden) == Self.example)
    }

    @Test func `The example in FORMAT.md is what is written and read`() throws {
        let evaluatedAt = PreciseTime(nanoseconds: 1_700_000_000_000_000_000), activeAt = evaluatedAt - .seconds(75)
        var alert = Alert(
            labels: ["alertname": "Down", "job": "api"], annotations: ["summary": "down"], value: 0, activeAt: activeAt)
        alert.state = .firing
        alert.firedAt = activeAt + .seconds(60)
        alert.lastSentAt = evaluatedAt
        alert.firedValue = 0
        var state = RuleState()
        state.alerts = [alert.labels: alert]
        state.evaluatedAt = evaluatedAt
        state.written.alerts = [alert.labels: .firing]
        let example = try GoldenFile.example(under: "### The state of a rule")
        #expect(RuleStateCoding.encode(state) == example)
        #expect(try RuleStateCoding.decode(example) == state)
    }

    @Test func `Alerts that are alike take few bytes`() {
        var state = RuleState()
        for number in 0..<1000 {
            let alert = Alert(
                labels: ["alertname": "Down", "instance": "10.0.0.\(number):9100", "job": "node"],
                annotations: ["summary": "the instance \(number) is down"], value: 0, activeAt: Self.time)
            state.alerts[alert.labels] = alert
        }
        state.evaluatedAt = Self.time
        state.written.alerts = state.alerts.mapValues(\.state)
        #expect(RuleStateCoding.encode(state).count < 60_000)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `Damaged bytes are errors or other states, never a crash`(
        seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        let bytes = RuleStateCoding.encode(Self.example)
        for _ in 0..<500 {
            var damaged = bytes
            for _ in 0...random.below(3) { damaged[random.below(damaged.count)] = UInt8(random.below(256)) }
            if random.oneIn(3) { damaged.removeLast(random.below(damaged.count)) }
            if let state = try? RuleStateCoding.decode(damaged) { _ = RuleStateCoding.encode(state) }
        }
        for count in 0..<bytes.count {
            #expect(throws: RuleStateError.self) { try RuleStateCoding.decode(Array(bytes.prefix(count))) }
        }
        #expect(throws: RuleStateError.unsupportedVersion(2)) { try RuleStateCoding.decode([2] + bytes.dropFirst()) }
    }

    @Test func `Few bytes cannot stand for more than the limit`() throws {
        // A thousand alerts that share a kilobyte of labels.
        var state = RuleState()
        for number in 0..<1000 {
            let labels = Labels([("a", String(repeating: "x", count: 1000)), ("b", "\(number)")])
            state.written.series.insert(labels)
        }
        let bytes = RuleStateCoding.encode(state)
        #expect(bytes.count < 20_000)
        #expect(try RuleStateCoding.decode(bytes) == state)
        #expect(throws: RuleStateError.self) { try RuleStateCoding.decode(bytes, textByteLimit: 900_000) }
    }
}
