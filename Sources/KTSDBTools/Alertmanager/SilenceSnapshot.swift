internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

/// Alertmanager's file `silences`: messages of protocol buffers, each after its length (silencepb.MeshSilence).
enum SilenceSnapshot {
    /// Returns all silences of a file.
    /// - Throws: ``AmtoolProblem`` if the bytes are not such a file.
    static func silences(_ bytes: [UInt8]) throws(AmtoolProblem) -> [Silence] {
        var result: [Silence] = []
        do throws(SnapshotFields.Malformed) {
            for mesh in try SnapshotFields.messages(bytes) {
                for field in try SnapshotFields.fields(bytes, mesh) where field.number == 1 {
                    result.append(try silence(bytes, field.range))
                }
                guard result.count <= AmtoolCommand.importLimit else { break }
            }
        } catch {
            throw AmtoolProblem("neither JSON nor a snapshot of Alertmanager's silences: \(error)")
        }
        return result
    }

    /// Returns the silences of a file that are not over at `now`, in the form of the API. Of several sets of matchers,
    /// each is a silence of its own, since the API takes one.
    static func postable(_ bytes: [UInt8], at now: WallTime) throws(AmtoolProblem) -> [JSONTree] {
        var result: [JSONTree] = []
        for silence in try silences(bytes) where silence.endsAt >= now {
            for (place, matchers) in silence.matcherSets.enumerated() {
                var one = silence
                one.matcherSets = [matchers]
                if place > 0 { one.id = "" }
                result.append(one.json(at: now))
            }
        }
        return result
    }

    private static func silence(_ bytes: [UInt8], _ range: Range<Int>) throws(SnapshotFields.Malformed) -> Silence {
        var texts: [Int: String] = [:], times: [Int: WallTime] = [:], annotations: [(String, String)] = []
        var sets: [Matchers] = [], classic = Matchers()
        for field in try SnapshotFields.fields(bytes, range) {
            switch field.number {
            case 1, 8, 9: texts[field.number] = SnapshotFields.text(bytes, field.range)
            case 2: classic.list.append(try matcher(bytes, field.range))
            case 3, 4, 5: times[field.number] = try SnapshotFields.time(bytes, field.range)
            case 7: try readComment(bytes, field.range, &texts)
            case 10: annotations.append(try SnapshotFields.pair(bytes, field.range))
            case 11:
                var set = Matchers()
                for entry in try SnapshotFields.fields(bytes, field.range) where entry.number == 1 {
                    set.list.append(try matcher(bytes, entry.range))
                }
                sets.append(set)
            default: break
            }
        }
        guard let end = times[4] else { throw SnapshotFields.Malformed(offset: range.lowerBound) }
        var result = Silence(
            id: texts[1] ?? "", matcherSets: sets.isEmpty ? [classic] : sets, startsAt: times[3] ?? .zero, endsAt: end,
            updatedAt: times[5] ?? .zero, createdBy: texts[8] ?? "", comment: texts[9] ?? "")
        result.annotations = KeyValues(annotations)
        return result
    }

    /// The old form of author and comment.
    private static func readComment(
        _ bytes: [UInt8], _ range: Range<Int>, _ texts: inout [Int: String]
    ) throws(SnapshotFields.Malformed) {
        for field in try SnapshotFields.fields(bytes, range) where field.number <= 2 {
            let place = field.number + 7
            if texts[place] == nil { texts[place] = SnapshotFields.text(bytes, field.range) }
        }
    }

    private static func matcher(_ bytes: [UInt8], _ range: Range<Int>) throws(SnapshotFields.Malformed) -> Matcher {
        var type: UInt64 = 0, name = "", pattern = ""
        for field in try SnapshotFields.fields(bytes, range) {
            switch field.number {
            case 1: type = field.value
            case 2: name = SnapshotFields.text(bytes, field.range)
            case 3: pattern = SnapshotFields.text(bytes, field.range)
            default: break
            }
        }
        let operation = Matcher.Operation(isPositive: type < 2, isRegularExpression: type % 2 == 1)
        do throws(RegularExpressionError) { return try Matcher(name, operation, pattern) } catch {
            throw SnapshotFields.Malformed(offset: range.lowerBound)
        }
    }
}
