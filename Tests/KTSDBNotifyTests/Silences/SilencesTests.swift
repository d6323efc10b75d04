import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct SilencesTests {
    private let now = NotifierTable.now
    private let matchers = [Matchers([Matcher("a", equals: "b")])]

    private func silences(_ silence: Silence) throws -> (Silences, id: String) {
        var silences = Silences()
        let update = try silences.set(silence, at: now) { "first" }
        return (silences, update.id)
    }

    @Test func `an active silence keeps its id when only its end changes`() throws {
        var (silences, id) = try silences(Silence(matcherSets: matchers, endsAt: now + .seconds(60)))
        var silence = try #require(silences[id: id])
        silence.endsAt = now + .seconds(600)
        let update = try silences.set(silence, at: now + .seconds(1)) { "second" }
        #expect(update.id == "first" && update.changed == ["first"])
    }

    @Test func `other matchers end the silence and create another`() throws {
        var (silences, id) = try silences(Silence(matcherSets: matchers, endsAt: now + .seconds(60)))
        var silence = try #require(silences[id: id])
        silence.matcherSets = [Matchers([Matcher("a", equals: "c")])]
        let update = try silences.set(silence, at: now + .seconds(1)) { "second" }
        #expect(update.id == "second" && update.changed == ["first", "second"])
        #expect(silences[id: "first"]?.endsAt == now + .seconds(1))
        #expect(silences[id: "second"]?.startsAt == now + .seconds(1))
    }

    @Test func `an unknown id is not found`() throws {
        var silences = Silences()
        let silence = Silence(id: "nosuch", matcherSets: matchers, endsAt: now + .seconds(1))
        let error = #expect(throws: SilenceError.self) { try silences.set(silence, at: now) { "x" } }
        #expect(error?.isNotFound == true && error?.description == "silence not found")
        #expect(throws: SilenceError.self) { try silences.expire("nosuch", at: now) }
    }

    @Test func `expiring is idempotent and a pending silence ends before it began`() throws {
        var (silences, id) = try silences(
            Silence(matcherSets: matchers, startsAt: now + .seconds(60), endsAt: now + .seconds(90)))
        #expect(try silences.expire(id, at: now) == [id])
        #expect(silences[id: id]?.startsAt == now && silences[id: id]?.endsAt == now)
        #expect(try silences.expire(id, at: now + .seconds(1)) == [])
    }

    @Test func `an expired silence is forgotten after the retention`() throws {
        var (silences, id) = try silences(Silence(matcherSets: matchers, endsAt: now + .seconds(60)))
        #expect(silences.collectGarbage(at: now + .seconds(120 * 3600 + 59)) == [])
        #expect(silences.collectGarbage(at: now + .seconds(120 * 3600 + 60)) == [id])
        #expect(silences.count == 0)
    }

    @Test func `silences are listed by state`() throws {
        var silences = Silences()
        for (number, (start, end)) in [(-9, -5), (-9, -1), (5, 9), (3, 9), (-1, 5), (-1, 3)].enumerated() {
            silences.restore(
                Silence(
                    id: "\(number)", matcherSets: matchers, startsAt: now + .seconds(start), endsAt: now + .seconds(end)
                ))
        }
        #expect(silences.sorted(at: now).map(\.id) == ["5", "4", "3", "2", "1", "0"])
    }

    @Test func `only active silences that match are found`() throws {
        var silences = Silences()
        let pattern = Matchers([try Matcher("a", .matches, "b|c"), try Matcher("d", .notEqual, "e")])
        silences.restore(
            Silence(id: "1", matcherSets: [pattern], startsAt: now - .seconds(1), endsAt: now + .seconds(9)))
        silences.restore(
            Silence(id: "2", matcherSets: matchers, startsAt: now + .seconds(1), endsAt: now + .seconds(9)))
        #expect(silences.active(for: ["a": "b"], at: now) == ["1"])
        #expect(silences.active(for: ["a": "b"], at: now + .seconds(2)) == ["1", "2"])
        #expect(silences.active(for: ["a": "c", "d": "e"], at: now) == [])
    }
}
