import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

@testable import KTSDBNotify

@Suite struct StateRecordTests {
    private let now = WallTime(seconds: 1_800_000_000, nanoseconds: 123_456_789)

    private var alert: ReceivedAlert {
        ReceivedAlert(
            labels: ["alertname": "A", "job": "api"], annotations: ["summary": "x", "empty": ""], startsAt: now,
            endsAt: now + .seconds(300), generatorURL: "http://p/g", updatedAt: now, isTimeout: true)
    }

    private var silence: Silence {
        var silence = Silence(
            id: "7605143a-69e4-4df0-9c02-35fdb2f1aa68",
            matcherSets: [Matchers([Matcher("a", equals: "b"), try! Matcher("c", .doesNotMatch, "d.*")])],
            startsAt: now, endsAt: now + .seconds(60), updatedAt: now, createdBy: "x", comment: "survives")
        silence.annotations = ["ticket": "1"]
        return silence
    }

    private var entry: (key: NotificationLog.Key, entry: LogEntry) {
        let id = IntegrationID(receiver: "team", kind: "slack", index: 1)
        return (
            NotificationLog.Key(groupKey: "{}:{a=\"b\"}", integration: id),
            LogEntry(
                firing: [3, 1], resolved: [.max], time: now, expiresAt: now + .seconds(99),
                data: ["ts": .text("1.2"), "n": .integer(-5), "f": .number(1.5)])
        )
    }

    @Test func `state is read as it was written`() throws {
        #expect(try ReceivedAlert(record: alert.record) == alert)
        #expect(try Silence(record: silence.record) == silence)
        let read = try NotificationLog.read(record: NotificationLog.record(entry.key, entry.entry))
        #expect(read.key == entry.key && read.entry == entry.entry)
    }

    /// These bytes never change: every later version reads them.
    @Test func `version 1 has these bytes`() throws {
        #expect(hex(alert.record) == Golden.alert)
        #expect(hex(silence.record) == Golden.silence)
        #expect(hex(NotificationLog.record(entry.key, entry.entry)) == Golden.entry)
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func `hostile bytes give an error and never a trap`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let records = [alert.record, silence.record, NotificationLog.record(entry.key, entry.entry)]
        for _ in 0..<4000 {
            var bytes = generator.pick(records)
            for _ in 0..<(1 + generator.below(3)) {
                switch generator.below(3) {
                case 0: bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
                case 1: bytes.removeLast(generator.below(bytes.count))
                default: bytes.insert(UInt8(generator.below(256)), at: generator.below(bytes.count))
                }
                if bytes.isEmpty { bytes = [1] }
            }
            _ = try? ReceivedAlert(record: bytes)
            _ = try? Silence(record: bytes)
            _ = try? NotificationLog.read(record: bytes)
        }
    }

    @Test func `a later version is refused`() {
        var bytes = alert.record
        bytes[0] = 2
        let error = #expect(throws: RecordError.self) { try ReceivedAlert(record: bytes) }
        #expect(error?.description.contains("has format 2") == true)
    }

    @Test func `SHA-256 gives the hash of the standard's examples`() {
        #expect(
            SHA256.hexadecimal(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hexadecimal([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let long = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        #expect(SHA256.hexadecimal(long) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test func `a notifier that starts again goes on where it was`() throws {
        var root = RouteConfiguration()
        root.receiver = "r"
        root.groupBy = ["alertname"]
        let id = IntegrationID(receiver: "r", kind: "webhook", index: 0)
        let plan = try NotificationPlan(
            routes: RouteTree(root), receivers: ["r": [Integration(id: id, sendsResolved: true)]])
        var notifier = Notifier(plan: plan, at: now)
        _ = notifier.post([alert], at: now)
        let silenceID = try notifier.setSilence(
            Silence(matcherSets: silence.matcherSets, endsAt: now + .seconds(60)), at: now)
        var delivered = 0
        let due = notifier.nextWakeUp() ?? now
        for case .deliver(let delivery) in notifier.advance(to: due) {
            _ = notifier.finish(delivery.id, .success(), at: due)
            delivered += 1
        }
        #expect(delivered == 1)
        var stored = StoredState()
        var kept = AlertRecords()
        for record in notifier.records(of: notifier.takeChanges(), alerts: &kept, at: due) {
            stored.add(record.space, record.bytes ?? [])
        }
        #expect(stored.problems == [] && stored.alerts.count == 1 && stored.silences[id: silenceID] != nil)
        var next = Notifier(
            plan: plan, alerts: stored.alerts, silences: stored.silences, log: stored.log, at: now + .seconds(100))
        // Its group is flushed at once, and the log says that the receiver knows.
        #expect(next.advance(to: now + .seconds(100)) == [])
        // The end of the alert is then notified.
        let effects = next.advance(to: now + .seconds(400))
        #expect(effects.count == 1)
    }
}

extension StateRecordTests {
    /// A notifier whose groups wait for 30 seconds, and which knows these alerts from before a restart.
    private func restarted(at time: WallTime, _ alerts: ReceivedAlert...) throws -> Notifier {
        var root = RouteConfiguration()
        root.receiver = "r"
        root.groupBy = ["alertname"]
        let id = IntegrationID(receiver: "r", kind: "webhook", index: 0)
        let plan = try NotificationPlan(
            routes: RouteTree(root), receivers: ["r": [Integration(id: id, sendsResolved: true)]])
        var stored = StoredState()
        for alert in alerts { stored.add(.alerts, alert.record) }
        _ = stored.resume(at: time)
        return Notifier(plan: plan, alerts: stored.alerts, at: time)
    }

    @Test func `a group that waited for others waits no longer after a restart`() throws {
        var notifier = try restarted(at: now + .seconds(20), alert)
        #expect(notifier.nextWakeUp() == now + .seconds(30))
        #expect(notifier.advance(to: now + .seconds(30)).count == 1)
    }

    @Test func `the first alert of a group decides how long it waits, in whatever order they are read`() throws {
        var early = alert, late = alert
        early.labels = ["alertname": "A", "job": "z"]
        (late.startsAt, late.updatedAt) = (now + .seconds(15), now + .seconds(15))
        var notifier = try restarted(at: now + .seconds(20), late, early)
        #expect(notifier.nextWakeUp() == now + .seconds(30))
    }

    @Test func `a group whose alert came at a later time, because the clock was set back, waits from now on`() throws {
        var notifier = try restarted(at: now - .seconds(100), alert)
        #expect(notifier.nextWakeUp() == now - .seconds(70))
    }
}

private enum Golden {
    static let alert =
        "011409616c6572746e616d650141036a6f62036170690205656d707479000773756d6d617279017880c8ceb40d959aef"
        + "3a03d8ccceb40d959aef3a0a687474703a2f2f702f6780c8ceb40d959aef3a"
    static let silence =
        "012437363035313433612d363965342d346466302d396330322d33356664623266316161363801020001610162030163"
        + "03642e2a80c8ceb40d959aef3af8c8ceb40d959aef3a80c8ceb40d959aef3a017808737572766976657301067469636b"
        + "65740131"
    static let entry =
        "010a7b7d3a7b613d2262227d047465616d05736c61636b01020100000000000000030000000000000001ffffffffffff"
        + "ffff80c8ceb40d959aef3ac6c9ceb40d959aef3a03016601000000000000f83f016e00090274730203312e32"
}
